// What a probing child finds out. Lives in the child target, as it runs on a foreign stack.
#pragma once

#include <cstdint>

namespace raw_exec {

struct ChildProbe {
  bool ran;             // false after the call: memory is not shared
  int32_t close_range;  // results of close_range(2), minus errno
  int32_t unshare;
};

// `probe` is a ChildProbe*. Fills it in and ends the child.
void ProbeChild(const void* probe) noexcept;

}  // namespace raw_exec
