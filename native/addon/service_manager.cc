#include "service_manager.h"

#include <cerrno>
#include <string>

#include "../core/service_manager.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

Napi::Value Notify(const Napi::CallbackInfo& info) {
  if (!info[0].IsString() || !info[1].IsString()) return Napi::Number::New(info.Env(), EINVAL);
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  const std::string state = info[1].As<Napi::String>().Utf8Value();
  return Napi::Number::New(info.Env(), NotifyServiceManager(name, state));
}

}  // namespace

void AddServiceManagerFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<Notify>("notifyServiceManager");
}

}  // namespace raw_exec::addon
