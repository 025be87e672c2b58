// The processes of control groups: who they are, signals to all of them, and the news of their end.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddContainmentFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
