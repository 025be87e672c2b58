// Look-ups by name: commands, users, groups.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddNameFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
