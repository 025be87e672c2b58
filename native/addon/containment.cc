#include "containment.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "../core/member_signal.h"
#include "descriptor_watch.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

// How many ends are watched at once; the others are found in a later round.
constexpr size_t kMaxWatched = 1024;

// As in src/native/containment.ts.
enum GroupEvent : int32_t {
  kPopulated = 1,
  kFrozen = 2,
};

Napi::Value Failure(const Napi::CallbackInfo& info, int positive_errno) {
  return Napi::Number::New(info.Env(), -positive_errno);
}

std::string Text(const Napi::Value& value) {
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

std::vector<std::string> Texts(const Napi::Value& value) {
  std::vector<std::string> texts;
  if (!value.IsArray()) return texts;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Maybe<Napi::Value> entry = array.Get(i);
    if (entry.IsJust()) texts.push_back(Text(entry.Unwrap()));
  }
  return texts;
}

Napi::Int32Array Numbers(Napi::Env env, const std::vector<pid_t>& values) {
  Napi::Int32Array array = Napi::Int32Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(pid_t));
  return array;
}

// The bits that cgroup.events holds now, or minus errno. Reading is also what makes the kernel tell
// the next change.
int32_t ReadEvents(int fd) {
  char text[256];
  ssize_t got = 0;
  do {
    got = pread(fd, text, sizeof(text) - 1, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  text[got] = '\0';
  return (std::strstr(text, "populated 1") != nullptr ? kPopulated : 0) |
         (std::strstr(text, "frozen 1") != nullptr ? kFrozen : 0);
}

// cgroup.events of a v2 group: each change of it, by EPOLLPRI.
class EventsWatch : public DescriptorWatch {
 protected:
  bool OnReady(Napi::Env env, napi_value* arguments, size_t* count) override {
    *count = 1;
    return napi_create_int32(env, ReadEvents(fd()), &arguments[0]) == napi_ok;
  }
};

// Pidfds in an epoll set: once, when all of them have ended.
class EndsWatch : public DescriptorWatch {
 public:
  explicit EndsWatch(std::vector<UniqueFd> pidfds) : pidfds_(std::move(pidfds)) {}
  ~EndsWatch() override = default;

  // Returns 0 or a positive errno.
  int Fill(int set) {
    for (const UniqueFd& pidfd : pidfds_) {
      epoll_event event = {};
      event.events = EPOLLIN | EPOLLONESHOT;
      if (epoll_ctl(set, EPOLL_CTL_ADD, pidfd.get(), &event) != 0) return errno;
    }
    left_ = pidfds_.size();
    return 0;
  }

 protected:
  bool OnReady(Napi::Env /*env*/, napi_value* /*arguments*/, size_t* count) override {
    constexpr int kBatch = 128;
    epoll_event events[kBatch];
    int ready = 0;
    do {
      ready = epoll_wait(fd(), events, kBatch, 0);
      if (ready > 0) left_ -= static_cast<size_t>(ready);
    } while (ready == kBatch || (ready < 0 && errno == EINTR));
    *count = 0;
    return left_ == 0;
  }

 private:
  std::vector<UniqueFd> pidfds_;
  size_t left_ = 0;
};

Napi::Value ReadGroupEvents(const Napi::CallbackInfo& info) {
  const std::string path = Text(info[0]) + "/cgroup.events";
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return fd ? Napi::Number::New(info.Env(), ReadEvents(fd.get())) : Failure(info, errno);
}

Napi::Value WatchGroupEvents(const Napi::CallbackInfo& info) {
  const std::string path = Text(info[0]) + "/cgroup.events";
  UniqueFd fd = AboveStdio(UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC)));
  if (!fd) return Failure(info, errno);
  // A file that was never read tells everything as news.
  const int32_t now = ReadEvents(fd.get());
  if (now < 0) return Failure(info, -now);
  return DescriptorWatch::Start(info.Env(), new EventsWatch(), std::move(fd), UV_PRIORITIZED,
                                info[1].As<Napi::Function>());
}

Napi::Value ListGroupMembers(const Napi::CallbackInfo& info) {
  MemberList members;
  const int error = ListMembers(Texts(info[0]), &members);
  if (error != 0) return Failure(info, error);
  return Numbers(info.Env(), members.pids());
}

MemberList Skipped(const Napi::Value& value) {
  MemberList list;
  if (value.IsTypedArray()) {
    const Napi::Int32Array pids = value.As<Napi::Int32Array>();
    list.Take(std::vector<pid_t>(pids.Data(), pids.Data() + pids.ElementLength()));
  }
  return list;
}

Napi::Value WatchEnds(Napi::Env env, std::vector<UniqueFd> pidfds, const Napi::Value& callback) {
  if (!callback.IsFunction() || pidfds.empty()) return env.Undefined();
  UniqueFd set = AboveStdio(UniqueFd(epoll_create1(EPOLL_CLOEXEC)));
  if (!set) return Napi::Number::New(env, -errno);
  EndsWatch* watch = new EndsWatch(std::move(pidfds));
  const int error = watch->Fill(set.get());
  if (error != 0) {
    delete watch;
    return Napi::Number::New(env, -error);
  }
  return DescriptorWatch::Start(env, watch, std::move(set), UV_READABLE,
                                callback.As<Napi::Function>());
}

// signalGroupMembers(directories, signal, skip, onEnded)
Napi::Value SignalGroupMembers(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int signal = info[1].IsNumber() ? info[1].As<Napi::Number>().Int32Value() : 0;
  const size_t keep = info[3].IsFunction() ? kMaxWatched : 0;
  SignalRound round = SignalMembers(Texts(info[0]), signal, Skipped(info[2]), keep);
  if (round.error != 0) return Failure(info, round.error);
  std::vector<pid_t> refused;
  for (const SignalRound::Refusal& refusal : round.refused) {
    refused.push_back(refusal.pid);
    refused.push_back(refusal.error);
  }
  Napi::Object result = Napi::Object::New(env);
  if (result.Set("reached", Numbers(env, round.reached)).IsNothing()) return env.Undefined();
  if (result.Set("refused", Numbers(env, refused)).IsNothing()) return env.Undefined();
  const Napi::Value watch = WatchEnds(env, std::move(round.kept), info[3]);
  if (result.Set("watch", watch).IsNothing()) return env.Undefined();
  return result;
}

}  // namespace

void AddContainmentFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<ReadGroupEvents>("readGroupEvents");
  functions.Add<WatchGroupEvents>("watchGroupEvents");
  functions.Add<ListGroupMembers>("listGroupMembers");
  functions.Add<SignalGroupMembers>("signalGroupMembers");
}

}  // namespace raw_exec::addon
