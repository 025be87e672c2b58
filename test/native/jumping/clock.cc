// In place of clock_gettime(2) in a keeper that is linked with --wrap: the clock of the day is ten
// years ahead at one look and ten years behind at the next. A real one cannot be set in a test: it
// is the whole machine's, and time namespaces (time_namespaces(7)) leave it out.
#include <time.h>

extern "C" {

// NOLINTNEXTLINE(bugprone-reserved-identifier): the linker's names
int __real_clock_gettime(clockid_t clock, timespec* now);

// NOLINTNEXTLINE(bugprone-reserved-identifier): the linker's names
int __wrap_clock_gettime(clockid_t clock, timespec* now) {
  const int result = __real_clock_gettime(clock, now);
  constexpr time_t kTenYears = time_t{10} * 365 * 24 * 3600;
  static bool is_ahead = false;
  if (result == 0 && clock == CLOCK_REALTIME) {
    is_ahead = !is_ahead;
    now->tv_sec += is_ahead ? kTenYears : -kTenYears;
  }
  return result;
}

}  // extern "C"
