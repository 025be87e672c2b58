// Waits for a condition, with a deadline.
#pragma once

#include <poll.h>

#include "../../native/core/sys.h"
#include "slowness.h"

namespace raw_exec::test {

// For everything that is waited for: only a machine that hangs needs as long.
inline const int kDeadlineMs = 20'000 * Slowness();

template <typename Condition>
bool Eventually(Condition condition) {
  const uint64_t end = MonotonicNs() + static_cast<uint64_t>(kDeadlineMs) * 1'000'000;
  while (!condition()) {
    if (MonotonicNs() > end) return false;
    poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace raw_exec::test
