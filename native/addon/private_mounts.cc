#include "private_mounts.h"

#include <cerrno>
#include <string>

#include "../core/private_mounts.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

Napi::Value Mount(const Napi::CallbackInfo& info) {
  for (size_t i = 1; i < 4; ++i) {
    if (!info[i].IsNumber()) return Napi::Number::New(info.Env(), EINVAL);
  }
  if (!info[0].IsString()) return Napi::Number::New(info.Env(), EINVAL);
  MemoryMount wanted;
  wanted.bytes = info[1].As<Napi::Number>().Uint32Value();
  wanted.uid = info[2].As<Napi::Number>().Uint32Value();
  wanted.gid = info[3].As<Napi::Number>().Uint32Value();
  return Napi::Number::New(info.Env(), MountMemory(info[0].As<Napi::String>().Utf8Value(), wanted));
}

Napi::Value Unmount(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) return Napi::Number::New(info.Env(), EINVAL);
  return Napi::Number::New(info.Env(), UnmountAll(info[0].As<Napi::String>().Utf8Value()));
}

}  // namespace

void AddPrivateMountFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<Mount>("mountMemory");
  functions.Add<Unmount>("unmountAll");
}

}  // namespace raw_exec::addon
