// The processes in a cgroup and in the groups below it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "unique_fd.h"

namespace raw_exec {

// Adds the pids in the group and below it. A pid of 0 is a process that our pid namespace does not
// show. 0 or a positive errno.
[[nodiscard]] int ListMembers(const std::string& path, std::vector<pid_t>* members);

// A pidfd of some process there, or invalid when there is none that we can see.
UniqueFd OpenFirstMember(const std::string& path);

// Sends SIGKILL to each process there, by pidfd, and only to those that are still there once the
// pidfd holds them: a pid alone may be another process by then. Returns how many were reached.
int KillMembers(const std::string& path);

}  // namespace raw_exec
