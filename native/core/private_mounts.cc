#include "private_mounts.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

#include "unique_fd.h"

namespace raw_exec {

int MountMemory(const std::string& directory, const MemoryMount& mount_options) {
  const std::string options = "mode=0700,size=" + std::to_string(mount_options.bytes) +
                              ",uid=" + std::to_string(mount_options.uid) +
                              ",gid=" + std::to_string(mount_options.gid);
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  // mount(2) follows links, and others may write the directory that this one is in.
  const UniqueFd fd(open(directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return errno;
  const std::string held = "/proc/self/fd/" + std::to_string(fd.get());
  return mount("tmpfs", held.c_str(), "tmpfs", kFlags, options.c_str()) == 0 ? 0 : errno;
}

int UnmountAll(const std::string& directory) {
  while (umount2(directory.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) continue;
  // EINVAL: it is no mount point (any more).
  return errno == EINVAL || errno == ENOENT ? 0 : errno;
}

}  // namespace raw_exec
