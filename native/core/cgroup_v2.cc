#include "cgroup_v2.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace raw_exec {
namespace {

constexpr int kMaxDepth = 64;

// The beginning of a small file; empty when it is not there.
size_t ReadSmall(int directory_fd, const char* name, char* buffer, size_t size) {
  const UniqueFd fd(openat(directory_fd, name, O_RDONLY | O_CLOEXEC));
  if (!fd) return 0;
  const ssize_t got = read(fd.get(), buffer, size - 1);
  const size_t length = got > 0 ? static_cast<size_t>(got) : 0;
  buffer[length] = '\0';
  return length;
}

bool IsOomGroup(int directory_fd) {
  char value[16];
  return ReadSmall(directory_fd, "memory.oom.group", value, sizeof(value)) > 0 && value[0] == '1';
}

bool AnyOomGroup(int directory_fd) {
  if (IsOomGroup(directory_fd)) return true;
  UniqueFd current(openat(directory_fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  // The root group has no memory.oom.group, and above the mount there is no cgroup.controllers.
  for (int depth = 0; current && depth < kMaxDepth; ++depth) {
    if (faccessat(current.get(), "cgroup.controllers", F_OK, 0) != 0) return false;
    if (IsOomGroup(current.get())) return true;
    current.Reset(openat(current.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  return false;
}

}  // namespace

bool IsFrozen(int events_fd) {
  char events[256];
  const ssize_t got = pread(events_fd, events, sizeof(events) - 1, 0);
  if (got <= 0) return false;
  events[got] = '\0';
  return std::strstr(events, "frozen 1") != nullptr;
}

CgroupV2Check CheckCgroupV2(const char* path) {
  CgroupV2Check check;
  check.directory = AboveStdio(UniqueFd(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)));
  if (!check.directory) {
    check.error = errno;
    return check;
  }
  struct statfs file_system = {};
  if (fstatfs(check.directory.get(), &file_system) != 0) {
    check.error = errno;
    return check;
  }
  if (file_system.f_type != CGROUP2_SUPER_MAGIC) {
    check.error = EINVAL;
    return check;
  }
  const UniqueFd events(openat(check.directory.get(), "cgroup.events", O_RDONLY | O_CLOEXEC));
  check.is_frozen = IsFrozen(events.get());
  check.kills_sharers = AnyOomGroup(check.directory.get());
  return check;
}

bool MeansNoIntoCgroup(long negative_errno) {
  return negative_errno == -ENOSYS || negative_errno == -EINVAL || negative_errno == -EBADF ||
         negative_errno == -E2BIG || negative_errno == -EOPNOTSUPP || negative_errno == -EPERM;
}

}  // namespace raw_exec
