// `FileFunctions` of src/native/files.ts: what node:fs does in many steps, in one.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddFileFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
