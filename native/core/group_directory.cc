#include "group_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr mode_t kGroupMode = 0755;
constexpr size_t kLongestMark = 4096;
// The task may make groups as fast as we remove them: then its end has to be waited for.
constexpr int kRounds = 8;

// Before 5.7 there are none, and a sandbox may refuse the call. The name still tells whose the
// group is.
int MarkResult(int result) {
  if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS || errno == EPERM) return 0;
  return errno;
}

std::string ReadMark(const char* path, const char* attribute) {
  char value[kLongestMark];
  const ssize_t length = getxattr(path, attribute, value, sizeof(value));
  return length <= 0 ? std::string() : std::string(value, static_cast<size_t>(length));
}

}  // namespace

int MakeGroup(const char* path, std::string_view owner) {
  if (mkdir(path, kGroupMode) != 0) return errno;
  const int error = MarkResult(setxattr(path, kOwnerAttribute, owner.data(), owner.size(), 0));
  if (error != 0) rmdir(path);
  return error;
}

int MarkGroup(const char* path, std::string_view task) {
  return MarkResult(setxattr(path, kTaskAttribute, task.data(), task.size(), 0));
}

int MarkGroup(int directory_fd, int events_fd, std::string_view task) {
  // A removed directory still takes attributes; its files answer ENODEV.
  char first = 0;
  if (pread(events_fd, &first, sizeof(first), 0) < 0) return errno;
  return MarkResult(fsetxattr(directory_fd, kTaskAttribute, task.data(), task.size(), 0));
}

int RemoveGroup(const std::string& path) {
  for (int round = 0;; ++round) {
    if (rmdir(path.c_str()) == 0 || errno == ENOENT) return 0;
    const int error = errno;
    if ((error != EBUSY && error != ENOTEMPTY) || round == kRounds) return error;
    std::vector<std::string> below;
    const int listed = ListDirectories(path, &below);
    if (listed == ENOENT) return 0;
    if (listed != 0) return listed;
    if (below.empty()) return error;
    for (const std::string& name : below) {
      const int failed = RemoveGroup(PathBelow(path, name));
      if (failed != 0) return failed;
    }
  }
}

std::string PathBelow(const std::string& path, const std::string& name) {
  std::string below;
  below.reserve(path.size() + 1 + name.size());
  below.append(path).append(1, '/').append(name);
  return below;
}

int ListDirectories(const std::string& path, std::vector<std::string>* names) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno;
  DIR* directory = fdopendir(fd.get());
  if (directory == nullptr) return errno;
  (void)fd.Release();  // the directory's now
  for (;;) {
    errno = 0;
    // Nobody else reads this directory stream. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const dirent* entry = readdir(directory);
    if (entry == nullptr) break;
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names->emplace_back(entry->d_name);
  }
  const int error = errno;
  closedir(directory);
  return error;
}

int ListGroups(const std::string& path, std::vector<ListedGroup>* groups) {
  std::vector<std::string> names;
  const int error = ListDirectories(path, &names);
  if (error != 0) return error;
  groups->reserve(names.size());
  for (std::string& name : names) {
    const std::string group = PathBelow(path, name);
    groups->push_back({std::move(name), ReadMark(group.c_str(), kOwnerAttribute),
                       ReadMark(group.c_str(), kTaskAttribute)});
  }
  return 0;
}

}  // namespace raw_exec
