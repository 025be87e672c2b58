// Waits for a condition, with a deadline.
#pragma once

#include <poll.h>

#include "../../native/core/sys.h"

namespace raw_exec::test {

// For everything that is waited for: only a machine that hangs needs as long.
inline constexpr int kDeadlineMs = 20'000;

template <typename Condition>
bool Eventually(Condition condition) {
  const uint64_t end = MonotonicNs() + uint64_t{kDeadlineMs} * 1'000'000;
  while (!condition()) {
    if (MonotonicNs() > end) return false;
    poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace raw_exec::test
