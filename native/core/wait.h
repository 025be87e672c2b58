// Waiting for, and signalling, one process by its exit descriptor.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "unique_fd.h"

namespace raw_exec {

struct ExitInfo {
  int32_t code = -1;   // exit status, or -1
  int32_t signal = 0;  // what ended it, or 0
  bool core_dumped = false;
  int64_t user_cpu_us = 0;
  int64_t system_cpu_us = 0;
  int64_t max_rss_bytes = 0;
  int32_t wait_errno = 0;  // ECHILD: somebody else reaped it, the status is unknown
};

// Reaps a process that has ended; false when it has not. Raw waitid(P_PIDFD, __WALL): also children
// whose exit signal is not SIGCHLD, as those are that died before execve.
bool TryReap(pid_t pid, int exit_fd, bool is_pidfd, ExitInfo* info);

// The same, but waits.
void Reap(pid_t pid, ExitInfo* info);

// Returns 0 or a positive errno. Must not be called for a process that was reaped unless is_pidfd.
int SendSignal(pid_t pid, int exit_fd, bool is_pidfd, int signal);

// A descriptor that becomes readable when the unreaped child `pid` has ended: a pidfd, or, where
// the kernel has none, an eventfd and a thread that waits. Invalid on failure, with errno set.
UniqueFd OpenExitFd(pid_t pid, bool has_pidfd, bool* is_pidfd);

}  // namespace raw_exec
