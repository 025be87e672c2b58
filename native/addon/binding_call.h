// What the functions of a binding have in common: their arguments, and plain values of both sides.
#pragma once

#include <node_api.h>

#include <cstdint>

#include "binding.h"

namespace raw_exec::addon {

inline napi_value Int32(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

inline int32_t ToInt32(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return number;
}

inline bool ToBool(napi_env env, napi_value value) {
  bool flag = false;
  napi_get_value_bool(env, value, &flag);
  return flag;
}

inline bool IsUndefined(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_undefined;
}

// The arguments of a call, and the binding that its function belongs to.
template <size_t kCount>
struct Call {
  Call(napi_env env, napi_callback_info info) {
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
    binding = static_cast<Binding*>(data);
  }
  size_t count = kCount;
  napi_value arguments[kCount] = {};
  Binding* binding = nullptr;
};

}  // namespace raw_exec::addon
