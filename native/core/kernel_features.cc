#include "kernel_features.h"

#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>

#include "clone_raw.h"
#include "guarded_stack.h"
#include "probe_child.h"
#include "sys.h"

namespace raw_exec {
namespace {

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): one kernel per process, probed
// once
std::once_flag probed;
uint32_t found = 0;
std::atomic<uint32_t> disabled{0};
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

bool IsPresent(long result) { return result != -ENOSYS && result != -EPERM; }

// Runs one vfork-like child that fills in the probe. False when this combination of flags is
// refused.
bool TryChild(bool has_clone3, uint64_t flags, const GuardedStack& stack, ChildProbe* probe) {
  int32_t pidfd = -1;
  CloneRequest request = {};
  request.flags = flags;
  request.pidfd = &pidfd;
  request.stack = stack.base();
  request.stack_size = stack.size();
  long pid = 0;
  {
    const AllSignalsBlocked blocked;
    pid = CloneInto(request, has_clone3, ProbeChild, probe);
  }
  if (pid < 0) return false;
  siginfo_t info = {};
  while (Waitid(kIdTypePid, static_cast<int>(pid), &info, WEXITED | kWaitAll, nullptr) == -EINTR) {
  }
  if (pidfd >= 0) close(pidfd);
  return true;
}

uint32_t Probe() {
  uint32_t features = 0;
  // A size of zero is refused (EINVAL) wherever the call exists.
  if (IsPresent(RawSyscall(SYS_clone3, 0, 0))) features |= kClone3;
  const long own = PidfdOpen(getpid());
  if (own >= 0) {
    siginfo_t info = {};
    const long waited =
        Waitid(kIdTypePidfd, static_cast<int>(own), &info, WEXITED | WNOHANG | kWaitAll, nullptr);
    const long sent = PidfdSendSignal(static_cast<int>(own), 0);
    if (waited == -ECHILD && sent == 0) features |= kPidfd;
    close(static_cast<int>(own));
  }
  const GuardedStack stack;
  if (!stack) return features;
  const bool has_clone3 = (features & kClone3) != 0;
  ChildProbe probe = {};
  if (!TryChild(has_clone3, CLONE_VM | CLONE_VFORK, stack, &probe)) return features;
  if (probe.ran) features |= kSharedVfork;
  if (probe.close_range == 0) features |= kCloseRange;
  if (probe.unshare == 0) features |= kCloseRangeUnshare;
  if (!has_clone3) return features;
  if (TryChild(true, CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND, stack, &probe)) {
    features |= kCloneClearSighand;
  }
  // A group descriptor that is none: EBADF where the flag is known, EINVAL (unknown size or flag)
  // where it is not.
  CloneRequest into = {};
  into.flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP;
  into.cgroup_fd = 0x7fffffff;
  into.stack = stack.base();
  into.stack_size = stack.size();
  if (CloneInto(into, true, ProbeChild, &probe) == -EBADF) features |= kCloneIntoCgroup;
  return features;
}

}  // namespace

uint32_t KernelFeatures() noexcept {
  // Whether the forker starts is found out when it is first needed; here it only is not ruled out.
  std::call_once(probed, [] { found = Probe() | kForker; });
  return found & ~disabled.load(std::memory_order_relaxed);
}

void DisableFeatures(uint32_t bits) noexcept { disabled.store(bits); }

}  // namespace raw_exec
