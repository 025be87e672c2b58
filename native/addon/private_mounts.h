// `PrivateMountFunctions` of src/native/private-mounts.ts: file systems in memory.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddPrivateMountFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
