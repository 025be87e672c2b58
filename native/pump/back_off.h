// When to try again: soon at first, then ever later.
#pragma once

#include <algorithm>
#include <cstdint>

namespace raw_exec {

class BackOff {
 public:
  void Wait(uint64_t now_ns) {
    delay_ns_ = std::clamp(delay_ns_ * 2, kFirstNs, kLongestNs);
    at_ns_ = now_ns + delay_ns_;
  }
  void Clear() { at_ns_ = delay_ns_ = 0; }
  bool IsDue(uint64_t now_ns) const { return at_ns_ <= now_ns; }
  uint64_t at_ns() const { return at_ns_; }  // 0: nothing to try again

 private:
  static constexpr uint64_t kFirstNs = 10'000'000;
  static constexpr uint64_t kLongestNs = 1'000'000'000;
  uint64_t at_ns_ = 0;
  uint64_t delay_ns_ = 0;
};

}  // namespace raw_exec
