// Whether a plan that comes from another process can be used.
#pragma once

#include <cstddef>

#include "plan_wire.h"

namespace raw_exec {

// More than execve takes (linux/binfmts.h), with room for the rest of a plan.
inline constexpr size_t kMaxPlanSize = size_t{8} * 1024 * 1024;

// Whether every number of the written plan is in its range, every list and text lies in the block
// and ends there, and stdio slots name descriptors below descriptor_count. `blob` is aligned for a
// SpawnPlan. What passes can be given to RelocatePlan; a byte of zero behind the block keeps texts
// inside it even when lists were made to overlap.
[[nodiscard]] bool IsPlanSound(const char* blob, size_t size, int descriptor_count);

}  // namespace raw_exec
