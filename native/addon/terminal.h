// Terminals: pseudo-terminals, foreground groups, window sizes.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddTerminalFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
