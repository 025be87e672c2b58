// `StatisticsFunctions` of src/native/statistics.ts.
#pragma once

#include <napi.h>

namespace raw_exec::addon {

void AddStatisticsFunctions(Napi::Env env, Napi::Object exports);

}  // namespace raw_exec::addon
