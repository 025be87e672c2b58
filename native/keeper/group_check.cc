#include "group_check.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "../core/unique_fd.h"

namespace raw_exec::keeper {
namespace {

UniqueFd OpenGroup(const std::string& path) {
  if (path.empty() || path.front() != '/') return UniqueFd();
  return UniqueFd(open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool IsOn(int fd, long magic) {
  struct statfs found = {};
  return fstatfs(fd, &found) == 0 && static_cast<long>(found.f_type) == magic;
}

bool AreSame(int one_fd, int other_fd) {
  struct stat one = {};
  struct stat other = {};
  return fstat(one_fd, &one) == 0 && fstat(other_fd, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

// The root of a hierarchy holds all processes, so it is nobody's own.
bool IsBelowRoot(int group_fd) {
  struct stat own = {};
  struct stat above = {};
  return fstat(group_fd, &own) == 0 && fstatat(group_fd, "..", &above, 0) == 0 &&
         own.st_dev == above.st_dev && own.st_ino != above.st_ino;
}

bool IsDirectory(int fd) {
  struct stat found = {};
  return fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
}

}  // namespace

const char* CheckOwnGroups(const StartRecord& record, int cgroup_fd) {
  if (cgroup_fd >= 0 && (!IsDirectory(cgroup_fd) || !IsOn(cgroup_fd, CGROUP2_SUPER_MAGIC))) {
    return "start: the group's descriptor is no directory of cgroup v2";
  }
  if (record.is_tree && !(record.v2_group.empty() && record.v1_groups.empty())) {
    return "start: what has groups of its own needs no reaper";
  }
  if (!record.v2_group.empty()) {
    const UniqueFd group = OpenGroup(record.v2_group);
    if (!group || !IsOn(group.get(), CGROUP2_SUPER_MAGIC) || !IsBelowRoot(group.get())) {
      return "start: the v2 group is no directory of cgroup v2 below its root";
    }
    if (cgroup_fd >= 0 && !AreSame(group.get(), cgroup_fd)) {
      return "start: the v2 group and its descriptor are not the same";
    }
  }
  for (const V1Group& named : record.v1_groups) {
    const UniqueFd group = OpenGroup(named.directory);
    if (!group || !IsOn(group.get(), CGROUP_SUPER_MAGIC) || !IsBelowRoot(group.get())) {
      return "start: a v1 group is no directory of cgroup v1 below its root";
    }
  }
  return nullptr;
}

}  // namespace raw_exec::keeper
