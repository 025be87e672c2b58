#include "host_features.h"

#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "clone_raw.h"
#include "guarded_stack.h"
#include "kernel_features.h"
#include "probe_child.h"
#include "sys.h"
#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr int kPeerPidfdOption = 77;            // SO_PEERPIDFD, asm-generic/socket.h
constexpr uint32_t kPidfsMagic = 0x50494446;    // PID_FS_MAGIC, linux/magic.h
constexpr uint64_t kPidfdInfoExitMask = 8;      // PIDFD_INFO_EXIT, linux/pidfd.h
constexpr unsigned long kGetInfo = 0xC040FF0B;  // PIDFD_GET_INFO for the first size of the struct

// struct pidfd_info of linux/pidfd.h as 6.13 has it; later ones are longer.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup_id;
  uint32_t ids[11];
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);

bool IsOnPidfs(int pidfd) {
  struct statfs file_system = {};
  if (fstatfs(pidfd, &file_system) != 0) return false;
  return static_cast<uint32_t>(file_system.f_type) == kPidfsMagic;
}

bool HasInfo(int pidfd, uint64_t mask) {
  PidfdInfo info = {};
  info.mask = mask;
  return ioctl(pidfd, kGetInfo, &info) == 0 && (info.mask & mask) == mask;
}

bool HasPeerPidfd() {
  int pair[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
  const UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);
  int pidfd = -1;
  socklen_t size = sizeof(pidfd);
  if (getsockopt(ours.get(), SOL_SOCKET, kPeerPidfdOption, &pidfd, &size) != 0) return false;
  const UniqueFd owned(pidfd);
  return true;
}

// The pidfd of a child that has ended and has been reaped; invalid where that cannot be had.
UniqueFd ReapedChild() {
  const uint32_t features = KernelFeatures();
  if ((features & kPidfd) == 0 || (features & kSharedVfork) == 0) return UniqueFd();
  const GuardedStack stack;
  if (!stack) return UniqueFd();
  ChildProbe probe = {};
  int32_t number = -1;
  CloneRequest request = {};
  request.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
  request.pidfd = &number;
  request.stack = stack.base();
  request.stack_size = stack.size();
  long pid = 0;
  {
    const AllSignalsBlocked blocked;
    pid = CloneInto(request, (features & kClone3) != 0, ProbeChild, &probe);
  }
  if (pid < 0) return UniqueFd();
  UniqueFd pidfd(number);
  siginfo_t info = {};
  while (Waitid(kIdTypePid, static_cast<int>(pid), &info, WEXITED | kWaitAll, nullptr) == -EINTR) {
  }
  return pidfd;
}

}  // namespace

uint32_t HostFeatures() noexcept {
  uint32_t features = 0;
  if (HasPeerPidfd()) features |= kSoPeerPidfd;
  const UniqueFd own(static_cast<int>(PidfdOpen(getpid())));
  if (!own) return features;
  if (IsOnPidfs(own.get())) features |= kPidfs;
  if (!HasInfo(own.get(), 0)) return features;
  features |= kPidfdInfo;
  const UniqueFd reaped = ReapedChild();
  if (reaped && HasInfo(reaped.get(), kPidfdInfoExitMask)) features |= kPidfdInfoExit;
  return features;
}

}  // namespace raw_exec
