// What has to be known of a v2 group before a child is put into it.
#pragma once

#include "unique_fd.h"

namespace raw_exec {

struct CgroupV2Check {
  UniqueFd directory;      // O_PATH
  int error = 0;           // positive errno of opening it; EINVAL: not a directory of cgroup v2
  bool is_frozen = false;  // a child would stop before execve, and a vfork caller with it
  // memory.oom.group here or above: an OOM kill takes every process that shares memory with a
  // victim, a vfork child's parent too, though that is outside the group.
  bool kills_sharers = false;
};

CgroupV2Check CheckCgroupV2(const char* path);

// Whether a group is frozen, by itself or by one above it, by its cgroup.events. For a group that
// we made this is all that can have changed: nobody else sets its memory.oom.group.
bool IsFrozen(int events_fd);

// What CLONE_INTO_CGROUP answers when the kernel or a sandbox lacks it. EBUSY, EACCES, ENOENT,
// EAGAIN are about the group and are reported.
bool MeansNoIntoCgroup(long negative_errno);

}  // namespace raw_exec
