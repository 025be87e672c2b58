// `DirectoryEventFunctions` of src/native/directory-events.ts: what happens in directories, by
// inotify(7).
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddDirectoryEventFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
