#include "member_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "group_directory.h"
#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr size_t kReadSize = 4096;

bool IsGone(int error) { return error == ENOENT || error == ENODEV; }

}  // namespace

int MemberList::ReadProcs(int directory_fd) {
  const UniqueFd fd(openat(directory_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC));
  if (!fd) return errno;
  char buffer[kReadSize];
  pid_t pid = 0;
  for (;;) {
    const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    for (ssize_t i = 0; i < got; ++i) {
      if (buffer[i] != '\n') {
        pid = pid * 10 + (buffer[i] - '0');
        continue;
      }
      // 0 stands for a process that this pid namespace does not see (cgroups(7)).
      if (pid > 0) pids_.push_back(pid);
      pid = 0;
    }
  }
}

int MemberList::Enter(int directory_fd, std::vector<std::string>* below) {
  const int error = ReadProcs(directory_fd);
  if (IsGone(error)) return 0;
  // EOPNOTSUPP: a threaded group; its processes are listed where the threaded part begins.
  if (error != 0 && error != EOPNOTSUPP) return error;
  const int listed = ListDirectories(directory_fd, below);
  return IsGone(listed) ? 0 : listed;
}

// A task may make groups as deep as it likes, so neither the stack nor the number of descriptors
// may grow with the depth: the way back up goes by "..", which a directory keeps when it is
// removed.
int MemberList::Add(const char* directory) {
  UniqueFd here(open(directory, kDirectoryFlags));
  if (!here) return IsGone(errno) ? 0 : errno;
  std::vector<std::vector<std::string>> levels(1);
  int error = Enter(here.get(), &levels.back());
  while (error == 0) {
    if (levels.back().empty()) {
      levels.pop_back();
      if (levels.empty()) return 0;
      UniqueFd above(openat(here.get(), "..", kDirectoryFlags));
      if (!above) return errno;
      here = std::move(above);
      continue;
    }
    const std::string name = std::move(levels.back().back());
    levels.back().pop_back();
    UniqueFd below(openat(here.get(), name.c_str(), kDirectoryFlags | O_NOFOLLOW));
    if (!below) {
      // EACCES: a user's task has closed it even to itself, which it can in version 2 alone; there
      // cgroup.events tells whether anybody is left.
      if (IsGone(errno) || errno == EACCES) continue;
      return errno;
    }
    here = std::move(below);
    levels.emplace_back();
    error = Enter(here.get(), &levels.back());
  }
  return error;
}

void MemberList::Take(std::vector<pid_t> pids) {
  pids_ = std::move(pids);
  Settle();
}

void MemberList::Settle() {
  std::sort(pids_.begin(), pids_.end());
  pids_.erase(std::unique(pids_.begin(), pids_.end()), pids_.end());
}

bool MemberList::Has(pid_t pid) const {
  return std::binary_search(pids_.begin(), pids_.end(), pid);
}

int ListMembers(const std::vector<std::string>& directories, MemberList* list) {
  for (const std::string& directory : directories) {
    const int error = list->Add(directory.c_str());
    if (error != 0) return error;
  }
  list->Settle();
  return 0;
}

}  // namespace raw_exec
