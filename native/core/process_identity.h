// Which process it is: pids are used again, so a pid that was written down says nothing by itself.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace raw_exec {

// /proc/sys/kernel/random/boot_id, a number of this boot of the host. False when it cannot be read.
[[nodiscard]] bool ReadBootId(uint64_t (*boot_id)[2]);

// When the process began, in ticks since the boot (field 22 of /proc/PID/stat). 0: it is gone.
uint64_t StartTicks(pid_t pid);

// The same for a child that was cloned between two readings of CLOCK_BOOTTIME: the kernel takes its
// time from that clock, and a tick is 10 ms, so that nearly always no file has to be read (10 us).
uint64_t StartTicks(pid_t child, int64_t before_ns, int64_t after_ns);

// Whether this very process is a child of ours that was not reaped, ended or not: pids are used
// again.
bool IsUnreapedChild(pid_t pid, uint64_t start_ticks);

// The inode of a pidfd: since 6.9 it is of pidfs and never used twice in a boot. 0: an older
// kernel, where all pidfds have one inode.
// The answer does not change while this process lives, so the file system is looked at once.
uint64_t PidfsInode(int pidfd);

}  // namespace raw_exec
