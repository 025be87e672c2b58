// System calls that glibc 2.28 has no name for, with the kernel version they came in. All return
// minus errno on failure.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include <cstdint>

#include "glibc_floor.h"
#include "raw_syscall.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

namespace raw_exec {

inline constexpr int kIdTypePid = 1;    // P_PID
inline constexpr int kIdTypePidfd = 3;  // P_PIDFD, 5.4
inline constexpr int kWaitAll =
    0x40000000;  // __WALL: also children whose exit signal is not SIGCHLD

// 5.1
inline long PidfdSendSignal(int pidfd, int signal) {
  return RawSyscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0);
}

// 5.3
inline long PidfdOpen(pid_t pid) { return RawSyscall(SYS_pidfd_open, pid, 0); }

// waitid(2) as the kernel has it, with rusage (libc's drops it).
inline long Waitid(int id_type, int id, siginfo_t* info, int options, rusage* usage) {
  return RawSyscall(SYS_waitid, id_type, id, Arg(info), options, Arg(usage));
}

// All 64 signals, those of libc's own use too: pthread_sigmask leaves these out, and a libc handler
// that runs in a child which shares our memory is as bad as any other.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    const uint64_t all = ~uint64_t{0};
    RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&all), Arg(&previous_), sizeof(all));
  }
  ~AllSignalsBlocked() {
    RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&previous_), 0, sizeof(previous_));
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  uint64_t previous_ = 0;
};

// For threads of ours, which start with all signals blocked. libc reaches every thread by a signal
// of its own when the process changes its ids (nptl(7)): with that one blocked, setuid() in the
// program would wait for the thread for ever. glibc has 32 and 33, musl 32 to 34.
inline void UnblockLibcSignals() {
  const uint64_t signals = uint64_t{7} << 31;
  RawSyscall(SYS_rt_sigprocmask, SIG_UNBLOCK, Arg(&signals), 0, sizeof(signals));
}

inline uint64_t MonotonicNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace raw_exec
