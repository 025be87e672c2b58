// The processes in a cgroup and in the groups below it.
#pragma once

#include <string>

#include "unique_fd.h"

namespace raw_exec {

// A pidfd of some process there, or invalid when there is none that we can see.
UniqueFd OpenFirstMember(const std::string& path);

// Sends SIGKILL to each process there, by pidfd, and only to those that are still there once the
// pidfd holds them: a pid alone may be another process by then. Returns how many were reached.
int KillMembers(const std::string& path);

}  // namespace raw_exec
