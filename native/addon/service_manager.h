// `ServiceManagerFunctions` of src/native/service-manager.ts: what the service manager is told.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddServiceManagerFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
