// Removes groups whose processes have ended or are about to. Waits on what the kernel tells, so it
// belongs on a thread of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace raw_exec {

// What happens to the processes that are still in a group.
enum class Members : int32_t { wait = 0, kill = 1 };

// One errno for each path, 0 for those that are gone: EBUSY when processes were in it to the end of
// `timeout_ms`. With Members::kill, cgroup.kill or SIGKILL by pidfd goes first, and again whenever
// processes are found.
std::vector<int> RemoveGroups(const std::vector<std::string>& paths, Members members,
                              int32_t timeout_ms);

}  // namespace raw_exec
