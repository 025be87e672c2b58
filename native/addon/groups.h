#pragma once

#include <napi.h>

namespace raw_exec::addon {

// `GroupFunctions` of src/native/groups.ts.
void AddGroupFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
