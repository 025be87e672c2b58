// What passes between JavaScript and the reaper of a task once it runs.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddReaperFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
