// Facts about the host: kernel facilities that starts do not need, extended attributes.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddHostFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
