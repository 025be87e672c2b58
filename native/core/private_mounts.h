// File systems in memory that are mounted over a directory, for what shall never be on a disk.
#pragma once

#include <sys/types.h>

#include <string>

namespace raw_exec {

struct MemoryMount {
  size_t bytes = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// Mounts a tmpfs of mode 0700 over a directory: no devices, no programs, no set-user-ID. Follows no
// link at the end of the path. 0 or a positive errno: EPERM where mounts are not permitted, ENOTDIR
// for a link.
[[nodiscard]] int MountMemory(const std::string& directory, const MemoryMount& mount);

// Unmounts whatever is mounted at `directory` itself, all layers of it, also while it is in use:
// what uses it keeps it, and nobody else finds it. Follows no link at the end of the path. 0, also
// when nothing is mounted there or nothing is there, or a positive errno.
[[nodiscard]] int UnmountAll(const std::string& directory);

}  // namespace raw_exec
