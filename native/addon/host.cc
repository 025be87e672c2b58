#include "host.h"

#include <sys/xattr.h>

#include <cerrno>
#include <string>

#include "../core/host_features.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

constexpr size_t kLongestAttribute = 4096;

Napi::Value GetHostFeatures(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), HostFeatures());
}

Napi::Value ReadAttribute(const Napi::CallbackInfo& info) {
  if (!info[0].IsString() || !info[1].IsString()) return Napi::Number::New(info.Env(), -EINVAL);
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  const std::string name = info[1].As<Napi::String>().Utf8Value();
  char value[kLongestAttribute];
  const ssize_t size = getxattr(path.c_str(), name.c_str(), value, sizeof(value));
  if (size < 0) return Napi::Number::New(info.Env(), -errno);
  return Napi::String::New(info.Env(), value, static_cast<size_t>(size));
}

}  // namespace

void AddHostFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<GetHostFeatures>("hostFeatures");
  functions.Add<ReadAttribute>("readAttribute");
}

}  // namespace raw_exec::addon
