// Which process a pid is: pids come round again, the pair of pid and start time does not.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "../core/unique_fd.h"

namespace raw_exec::keeper {

struct ProcessIdentity {
  pid_t pid = -1;
  uint64_t start_ticks = 0;  // field 22 of /proc/PID/stat

  bool operator==(const ProcessIdentity&) const = default;
};

// A pidfd of exactly this process; invalid with errno ESRCH when it is not there any more, not even
// as a zombie. Any other errno says nothing of the process.
UniqueFd OpenProcess(const ProcessIdentity& identity);

// A pidfd of whatever has this pid now, and its start time.
UniqueFd OpenProcess(pid_t pid, uint64_t* start_ticks);

// To the process, or to the process group that it leads. 0 or a positive errno: ESRCH when it has
// ended and was reaped.
int SignalProcess(pid_t pid, int pidfd, int signal, bool to_group);

// How a process has ended that was not reaped yet, as of wait(2), by /proc. False when that is not
// told: it has been reaped, or we may not know.
bool ReadZombieStatus(pid_t pid, int pidfd, int* status);

// Whether the process has ended, reaped or not.
bool HasEnded(int pidfd);

}  // namespace raw_exec::keeper
