#include "terminal_io.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "../core/unique_fd.h"
#include "descriptor_watch.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

Napi::Value Failure(const Napi::CallbackInfo& info, int error) {
  return Napi::Number::New(info.Env(), -error);
}

int Descriptor(const Napi::CallbackInfo& info) {
  return info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : -1;
}

// Tells that something can be done, and not what: who has been told tries what it waits for.
class TerminalWatch : public DescriptorWatch {
 protected:
  bool OnReady(Napi::Env /*env*/, napi_value* /*arguments*/, size_t* count) override {
    *count = 0;
    return true;
  }
};

// watchTerminal(fd, onReady). The watch owns the descriptor, and makes it non-blocking.
Napi::Value WatchTerminal(const Napi::CallbackInfo& info) {
  UniqueFd fd(Descriptor(info));
  if (!fd || !info[1].IsFunction()) return Failure(info, EBADF);
  constexpr int kNothingYet = 0;
  return DescriptorWatch::Start(info.Env(), new TerminalWatch(), std::move(fd), kNothingYet,
                                info[1].As<Napi::Function>());
}

// readTerminal(fd, buffer): as much as there is, since the kernel gives 4 KiB at a time. An error
// after something was read comes again with the next call.
Napi::Value ReadTerminal(const Napi::CallbackInfo& info) {
  if (!info[1].IsBuffer()) return Failure(info, EINVAL);
  const Napi::Buffer<uint8_t> buffer = info[1].As<Napi::Buffer<uint8_t>>();
  size_t filled = 0;
  while (filled < buffer.Length()) {
    const ssize_t got = read(Descriptor(info), buffer.Data() + filled, buffer.Length() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && filled == 0) return Failure(info, errno);
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  return Napi::Number::New(info.Env(), static_cast<double>(filled));
}

// writeTerminal(fd, buffer, offset): as much as the terminal takes.
Napi::Value WriteTerminal(const Napi::CallbackInfo& info) {
  if (!info[1].IsBuffer() || !info[2].IsNumber()) return Failure(info, EINVAL);
  const Napi::Buffer<uint8_t> buffer = info[1].As<Napi::Buffer<uint8_t>>();
  const size_t offset = info[2].As<Napi::Number>().Uint32Value();
  if (offset > buffer.Length()) return Failure(info, EINVAL);
  ssize_t written = 0;
  do {
    written = write(Descriptor(info), buffer.Data() + offset, buffer.Length() - offset);
  } while (written < 0 && errno == EINTR);
  if (written < 0) return Failure(info, errno);
  return Napi::Number::New(info.Env(), static_cast<double>(written));
}

}  // namespace

void AddTerminalIoFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<WatchTerminal>("watchTerminal");
  functions.Add<ReadTerminal>("readTerminal");
  functions.Add<WriteTerminal>("writeTerminal");
}

}  // namespace raw_exec::addon
