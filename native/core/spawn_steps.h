// The steps of a start as an enum and a table of names, both made from spawn_steps.def.
#pragma once

#include <cstddef>
#include <cstdint>

namespace raw_exec {

enum class Step : int32_t {
#define STEP(name) name,
#include "spawn_steps.def"
#undef STEP
};

inline constexpr const char* kStepNames[] = {
#define STEP(name) #name,
#include "spawn_steps.def"
#undef STEP
};

inline constexpr size_t kStepCount = sizeof(kStepNames) / sizeof(kStepNames[0]);
static_assert(kStepCount == static_cast<size_t>(Step::exitNotice) + 1,
              "the enum and the names come from one list");

}  // namespace raw_exec
