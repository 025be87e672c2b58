#include "member_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr int kMaxDepth = 64;
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

int MemberList::AddFrom(int directory_fd, int depth) {
  const int error = ReadProcs(directory_fd);
  // EOPNOTSUPP: a threaded group; its processes are listed where the threaded part begins.
  if (error != 0 && error != EOPNOTSUPP) return IsGone(error) ? 0 : error;
  if (depth == kMaxDepth) return ELOOP;
  // A descriptor of its own: fdopendir takes it over and moves its offset.
  UniqueFd listing(openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!listing) return IsGone(errno) ? 0 : errno;
  DIR* entries = fdopendir(listing.get());
  if (entries == nullptr) return errno;
  (void)listing.Release();  // closedir closes it
  int failed = 0;
  while (const dirent* entry = readdir(entries)) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    const UniqueFd below(
        openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below) continue;
    failed = AddFrom(below.get(), depth + 1);
    if (failed != 0) break;
  }
  closedir(entries);
  return failed;
}

int MemberList::Add(const char* directory) {
  const UniqueFd fd(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return IsGone(errno) ? 0 : errno;
  return AddFrom(fd.get(), 0);
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
