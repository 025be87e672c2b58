#pragma once

#include <time.h>

#include <cstdint>

namespace raw_exec::keeper {

inline int64_t ClockNs(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// What a calendar says; anybody may set it.
inline int64_t RealtimeNs() { return ClockNs(CLOCK_REALTIME); }
// Since the boot, sleep included.
inline int64_t BoottimeNs() { return ClockNs(CLOCK_BOOTTIME); }

}  // namespace raw_exec::keeper
