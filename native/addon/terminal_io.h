// Reading and writing the controller of a pseudo-terminal, without ever waiting for its programs.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddTerminalIoFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
