#include "ignored_signals.h"

#include <signal.h>

#include <atomic>

#include "sys.h"

namespace raw_exec {
namespace {

constexpr int kFirstRealTime = 34;  // 32 and 33 are libc's own
constexpr int kLastSignal = 64;

struct KernelSigaction {
  uintptr_t handler;
  unsigned long flags;
  uintptr_t restorer;
  uint64_t mask;
};

uint64_t AskKernel(int first, int last) {
  uint64_t ignored = 0;
  for (int signal = first; signal <= last; ++signal) {
    KernelSigaction action = {};
    if (RawSyscall(SYS_rt_sigaction, signal, 0, Arg(&action), sizeof(action.mask)) != 0) continue;
    constexpr uintptr_t kSigIgn = 1;
    if (action.handler == kSigIgn) ignored |= uint64_t{1} << (signal - 1);
  }
  return ignored;
}

// One range of signals and the answer that was kept for it. Threads may ask at the same time: both
// answers are right.
class KeptAnswer {
 public:
  constexpr KeptAnswer(int first, int last, uint64_t keep_ns)
      : first_(first), last_(last), keep_ns_(keep_ns) {}

  uint64_t Get(uint64_t now_ns) {
    const uint64_t asked = asked_ns_.load(std::memory_order_acquire);
    if (asked != 0 && now_ns - asked < keep_ns_) return ignored_.load(std::memory_order_relaxed);
    const uint64_t ignored = AskKernel(first_, last_);
    ignored_.store(ignored, std::memory_order_relaxed);
    asked_ns_.store(now_ns, std::memory_order_release);
    return ignored;
  }

 private:
  int first_;
  int last_;
  uint64_t keep_ns_;
  std::atomic<uint64_t> asked_ns_{0};
  std::atomic<uint64_t> ignored_{0};
};

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): dispositions are the process's
KeptAnswer standard(1, 31, 1'000'000);
KeptAnswer real_time(kFirstRealTime, kLastSignal, 1'000'000'000);
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

uint64_t IgnoredSignals(uint64_t now_ns) noexcept {
  return standard.Get(now_ns) | real_time.Get(now_ns);
}

}  // namespace raw_exec
