// How tests take account of machines that are emulated (test/vm), where starting a process takes
// about 27 times as long.
#pragma once

#include <algorithm>
#include <cstdlib>

namespace raw_exec::test {

// How many times longer all waits may take.
inline int Slowness() {
  const char* text = getenv("RAW_EXEC_TEST_SLOWNESS");
  return text == nullptr ? 1 : std::max(atoi(text), 1);
}

// How often a test does something that it would do `count` times: there fewer show the same, but no
// fewer than `least`.
inline int Fewer(int count, int least) {
  return Slowness() == 1 ? count : std::max(count / Slowness(), least);
}

}  // namespace raw_exec::test
