// How long to let bytes gather before they are fetched.
//
// A program that writes a short line at a time would wake the pump for each. So while writes follow
// each other at once, the pump sleeps a little (at most a millisecond) after each round, just so
// long that the FIFOs get neither nearly empty nor full. A single write is fetched at once, and
// nothing is waited for while nothing comes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace raw_exec {

class Pace {
 public:
  // Before a round: how long the pump has waited for something to come.
  void Woken(uint64_t waited_ns) {
    if (waited_ns > kLonely) pause_ns_ = 0;
    is_busy_ = waited_ns <= kLonely;
    moved_ = 0;
    is_near_full_ = is_near_empty_ = false;
  }
  // In a round: what was found in one FIFO.
  void Moved(size_t bytes, long capacity) {
    const long count = static_cast<long>(bytes);
    moved_ += count;
    if (count > capacity / 2) is_near_full_ = true;
    if (count <= capacity / 8) is_near_empty_ = true;
  }
  // After a round: how long to sleep.
  uint64_t Pause() {
    if (moved_ == 0 || !is_busy_) return 0;
    if (is_near_full_) {
      pause_ns_ = pause_ns_ / 2 < kShortest ? 0 : pause_ns_ / 2;
    } else if (is_near_empty_) {
      pause_ns_ = std::clamp(pause_ns_ * 2, kShortest, kLongest);
    }
    return pause_ns_;
  }

 private:
  static constexpr uint64_t kLonely = 2'000'000;
  static constexpr uint64_t kShortest = 50'000;
  static constexpr uint64_t kLongest = 1'000'000;
  uint64_t pause_ns_ = 0;
  bool is_busy_ = false;
  bool is_near_full_ = false;
  bool is_near_empty_ = false;
  long moved_ = 0;
};

}  // namespace raw_exec
