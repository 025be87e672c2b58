// Which process it is: pids are used again, so a pid that was written down says nothing by itself.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace raw_exec {

// /proc/sys/kernel/random/boot_id, a number of this boot of the host. False when it cannot be read.
[[nodiscard]] bool ReadBootId(uint64_t (*boot_id)[2]);

// When the process began, in ticks since the boot (field 22 of /proc/PID/stat). 0: it is gone.
uint64_t StartTicks(pid_t pid);

// The inode of a pidfd: since 6.9 it is of pidfs and never used twice in a boot. 0: an older
// kernel, where all pidfds have one inode.
uint64_t PidfsInode(int pidfd);

}  // namespace raw_exec
