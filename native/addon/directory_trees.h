// `DirectoryTreeFunctions` of src/native/directory-trees.ts: directories with all that is in them.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddDirectoryTreeFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
