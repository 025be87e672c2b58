#include "reaper.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <utility>
#include <vector>

#include "../core/process_tree.h"
#include "../core/reaper_client.h"
#include "../core/reaper_wire.h"
#include "descriptor_watch.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

constexpr int32_t kClosedId = -1;  // `reaperClosed` of src/native/reaper.ts

int32_t Argument(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : 0;
}

napi_value Entries(Napi::Env env, const ReaperReply& reply) {
  Napi::Int32Array numbers = Napi::Int32Array::New(env, static_cast<size_t>(reply.listed) * 2);
  for (int32_t i = 0; i < reply.listed; ++i) {
    const size_t at = static_cast<size_t>(i) * 2;
    numbers.Data()[at] = reply.entries[i].pid;
    numbers.Data()[at + 1] = reply.entries[i].error;
  }
  return numbers;
}

// The socket to a reaper: each answer, and then its end.
class ReaperWatch : public DescriptorWatch {
 protected:
  bool OnReady(Napi::Env env, napi_value* arguments, size_t* count) override {
    ReaperReply reply = {};
    const ssize_t got = recv(fd(), &reply, sizeof(reply), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    constexpr ssize_t kHead = offsetof(ReaperReply, entries);
    const bool is_whole =
        got >= kHead && reply.listed >= 0 && reply.listed <= kMaxListed &&
        got >= kHead + reply.listed * static_cast<ssize_t>(sizeof(ReaperReply::Entry));
    if (!is_whole) reply = {kClosedId, 0, 0, 0, {}};
    *count = 3;
    arguments[2] = Entries(env, reply);
    return napi_create_int32(env, reply.id, &arguments[0]) == napi_ok &&
           napi_create_int32(env, reply.reached, &arguments[1]) == napi_ok;
  }
};

Napi::Value WatchReaper(const Napi::CallbackInfo& info) {
  return DescriptorWatch::Start(info.Env(), new ReaperWatch(), UniqueFd(Argument(info, 0)),
                                UV_READABLE, info[1].As<Napi::Function>());
}

// A task of the same user can stop its reaper, which then neither kills nor answers. Only a child
// of this process is woken: the number may have gone round when the reaper has ended.
Napi::Value Wake(const Napi::CallbackInfo& info) {
  const int32_t reaper_pid = Argument(info, 0);
  TreeProcess process = {};
  const bool is_child = LookAt(reaper_pid, &process) && process.parent == getpid();
  if (is_child) (void)kill(reaper_pid, SIGCONT);
  return info.Env().Undefined();
}

Napi::Value Ask(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           AskReaper(Argument(info, 0), Argument(info, 1), Argument(info, 2),
                                     Argument(info, 3), Argument(info, 4)));
}

void Collect(void* context, const TreeProcess& process) {
  if (!process.is_dead) static_cast<std::vector<int32_t>*>(context)->push_back(process.pid);
}

Napi::Value ListTree(const Napi::CallbackInfo& info) {
  std::vector<int32_t> walk(kMaxTree);
  std::vector<int32_t> living;
  const int result = VisitTree(Argument(info, 0), walk.data(), Collect, &living);
  // The root is gone: it has no descendants.
  if (result < 0 && result != -ENOENT && result != -ESRCH) {
    return Napi::Number::New(info.Env(), result);
  }
  Napi::Int32Array pids = Napi::Int32Array::New(info.Env(), living.size());
  for (size_t i = 0; i < living.size(); ++i) pids.Data()[i] = living[i];
  return pids;
}

}  // namespace

void AddReaperFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<WatchReaper>("watchReaper");
  functions.Add<Wake>("wakeReaper");
  functions.Add<Ask>("askReaper");
  functions.Add<ListTree>("listTree");
}

}  // namespace raw_exec::addon
