// The socket to a keeper, for JavaScript: `KeeperFunctions` of src/native/keeper.ts.
#pragma once

#include <napi.h>

#include "../core/keeper_client.h"

namespace raw_exec::addon {

void AddKeeperFunctions(Napi::Env env, Napi::Object exports);

// What stands in a message of `kind`, as an object of src/native/keeper.ts; undefined when the
// message is not what its kind says.
Napi::Value ReadKeeperMessage(Napi::Env env, const char* bytes, size_t size, int32_t* kind,
                              double* request);

// `KeptTask` of src/native/keeper.ts. False with a pending exception when a value has the wrong
// type: TypeScript has checked them all.
bool ReadKeeperTask(Napi::Object object, KeeperTask* task);

}  // namespace raw_exec::addon
