// Whether a written plan that came from elsewhere may be relocated and run.
#pragma once

#include <cstddef>

namespace raw_exec {

// nullptr, or the name of the first part that is not as PlanWriter writes it. A plan that passes is
// laid out exactly as written: no part lies outside of the `size` bytes at `blob`, none overlaps
// another, every string ends, every table is closed and every number is in its range, so
// RelocatePlan reads and changes nothing but it. `descriptor_count` is how many descriptors its
// stdio slots may name. `blob` is aligned as a page is, and must not change any more: a sealed
// memfd.
[[nodiscard]] const char* CheckPlan(const char* blob, size_t size, int descriptor_count);

}  // namespace raw_exec
