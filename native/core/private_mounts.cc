#include "private_mounts.h"

#include <sys/mount.h>

#include <cerrno>

namespace raw_exec {

int MountMemory(const std::string& directory, const MemoryMount& mount_options) {
  const std::string options = "mode=0700,size=" + std::to_string(mount_options.bytes) +
                              ",uid=" + std::to_string(mount_options.uid) +
                              ",gid=" + std::to_string(mount_options.gid);
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  return mount("tmpfs", directory.c_str(), "tmpfs", kFlags, options.c_str()) == 0 ? 0 : errno;
}

int UnmountAll(const std::string& directory) {
  while (umount2(directory.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) continue;
  // EINVAL: it is no mount point (any more).
  return errno == EINVAL || errno == ENOENT ? 0 : errno;
}

}  // namespace raw_exec
