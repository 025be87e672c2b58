#include "keeper.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "../core/wire/client_messages.h"
#include "descriptor_watch.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

constexpr int32_t kClosedKind = 0;  // `keeperClosed` of src/native/keeper.ts

int32_t IntAt(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : 0;
}

uint64_t NumberAt(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? static_cast<uint64_t>(info[index].As<Napi::Number>().Int64Value())
                                : 0;
}

std::string TextAt(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsString() ? info[index].As<Napi::String>().Utf8Value() : std::string();
}

std::vector<wire::Step> StepsAt(const Napi::CallbackInfo& info, size_t index) {
  std::vector<wire::Step> steps;
  if (!info[index].IsTypedArray()) return steps;
  const Napi::Int32Array numbers = info[index].As<Napi::Int32Array>();
  for (size_t i = 0; i + 2 < numbers.ElementLength(); i += 3) {
    steps.push_back({numbers.Data()[i], numbers.Data()[i + 1], numbers.Data()[i + 2]});
  }
  return steps;
}

// Each message, and then the end of the socket.
class KeeperWatch : public DescriptorWatch {
 protected:
  bool OnReady(Napi::Env env, napi_value* arguments, size_t* count) override {
    const ssize_t got = recv(fd(), buffer_.get(), wire::kMaxMessage, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    int32_t kind = kClosedKind;
    double request = 0;
    Napi::Value body = env.Undefined();
    if (got > 0) {
      body = ReadKeeperMessage(env, buffer_.get(), static_cast<size_t>(got), &kind, &request);
    }
    *count = 3;
    arguments[2] = body;
    return napi_create_int32(env, kind, &arguments[0]) == napi_ok &&
           napi_create_double(env, request, &arguments[1]) == napi_ok;
  }

 private:
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(wire::kMaxMessage);
};

Napi::Value Connect(const Napi::CallbackInfo& info) {
  int error = 0;
  UniqueFd fd = ConnectKeeper(TextAt(info, 0).c_str(), &error);
  return Napi::Number::New(info.Env(), fd ? fd.Release() : -error);
}

Napi::Value Watch(const Napi::CallbackInfo& info) {
  return DescriptorWatch::Start(info.Env(), new KeeperWatch(), UniqueFd(IntAt(info, 0)),
                                UV_READABLE, info[1].As<Napi::Function>());
}

Napi::Value Hello(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           SendHello(IntAt(info, 0), NumberAt(info, 1), TextAt(info, 2)));
}

Napi::Value Upgrade(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           SendUpgrade(IntAt(info, 0), NumberAt(info, 1), TextAt(info, 2)));
}

Napi::Value Signal(const Napi::CallbackInfo& info) {
  const wire::Signal signal = {IntAt(info, 3), IntAt(info, 4), NumberAt(info, 5)};
  return Napi::Number::New(
      info.Env(), SendSignalRequest(IntAt(info, 0), NumberAt(info, 1), TextAt(info, 2), signal));
}

Napi::Value Stop(const Napi::CallbackInfo& info) {
  return Napi::Number::New(
      info.Env(), SendStop(IntAt(info, 0), NumberAt(info, 1), TextAt(info, 2), NumberAt(info, 5),
                           IntAt(info, 3), StepsAt(info, 4)));
}

Napi::Value ForgetSession(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), SendForgetSession(IntAt(info, 0), NumberAt(info, 1),
                                                         TextAt(info, 2), NumberAt(info, 3)));
}

Napi::Value Describe(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), SendDescribe(IntAt(info, 0), NumberAt(info, 1),
                                                    TextAt(info, 2), TextAt(info, 3)));
}

Napi::Value List(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           SendList(IntAt(info, 0), NumberAt(info, 1), NumberAt(info, 2)));
}

Napi::Value ForTask(const Napi::CallbackInfo& info) {
  const auto kind = static_cast<wire::ClientKind>(IntAt(info, 2));
  return Napi::Number::New(info.Env(),
                           SendForTask(IntAt(info, 0), NumberAt(info, 1), kind, TextAt(info, 3)));
}

}  // namespace

void AddKeeperFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  exports.DefineProperty(Napi::PropertyDescriptor::Value(
      "keeperProtocol", Napi::Number::New(env, wire::kProtocol), napi_enumerable));
  functions.Add<Connect>("connectKeeper");
  functions.Add<Watch>("watchKeeper");
  functions.Add<Hello>("keeperHello");
  functions.Add<Upgrade>("keeperUpgrade");
  functions.Add<Signal>("keeperSignal");
  functions.Add<Stop>("keeperStop");
  functions.Add<Describe>("keeperDescribe");
  functions.Add<List>("keeperList");
  functions.Add<ForTask>("keeperForTask");
  functions.Add<ForgetSession>("keeperForgetSession");
}

}  // namespace raw_exec::addon
