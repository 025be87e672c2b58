// Puts functions on what the addon exports.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

class ExportedFunctions {
 public:
  ExportedFunctions(Napi::Env env, Napi::Object exports) : env_(env), exports_(exports) {}

  // The function is a template argument: as a value, node-addon-api would keep it on the heap, with
  // a finalizer for each, which an import would pay for.
  template <Napi::Value (*function)(const Napi::CallbackInfo&)>
  void Add(const char* name) {
    exports_.DefineProperty(
        Napi::PropertyDescriptor::Value(name, Napi::Function::New<function>(env_, name)));
  }

 private:
  Napi::Env env_;
  Napi::Object exports_;
};

}  // namespace raw_exec::addon
