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
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr size_t kLongestMark = 4096;
constexpr size_t kEventsSize = 256;
// The task may make groups as fast as we remove them: then its end has to be waited for.
constexpr int kRounds = 8;

// Before 5.7 there are none, and a sandbox may refuse the call. The name still tells whose the
// group is.
int MarkResult(int result) {
  if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS || errno == EPERM) return 0;
  return errno;
}

bool IsDots(std::string_view name) { return name == "." || name == ".."; }

// A group below one that is removed: its name, and those of the groups in it that are left.
struct Level {
  std::string name;
  std::vector<std::string> below;
};

// Removes the groups below a group, deepest first. 0, or the first errno that was met. As deep as
// the task has made them: see MemberList::Add.
int RemoveBelow(const std::string& path, bool* is_any_below) {
  UniqueFd here(open(path.c_str(), kDirectoryFlags));
  if (!here) return errno;
  std::vector<Level> levels(1);
  int first_error = ListDirectories(here.get(), &levels.back().below);
  *is_any_below = !levels.back().below.empty();
  const auto remove = [&](const std::string& name) {
    if (unlinkat(here.get(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    return false;
  };
  const auto note = [&](int error) {
    if (first_error == 0) first_error = error;
  };
  for (;;) {
    if (levels.back().below.empty()) {
      const std::string name = std::move(levels.back().name);
      levels.pop_back();
      if (levels.empty()) return first_error;
      UniqueFd above(openat(here.get(), "..", kDirectoryFlags));
      if (!above) return errno;
      here = std::move(above);
      if (!remove(name)) note(errno);
      continue;
    }
    Level next;
    next.name = std::move(levels.back().below.back());
    levels.back().below.pop_back();
    if (remove(next.name)) continue;
    const int error = errno;
    UniqueFd below(openat(here.get(), next.name.c_str(), kDirectoryFlags | O_NOFOLLOW));
    const int listed = below ? ListDirectories(below.get(), &next.below) : errno;
    if (listed != 0 || next.below.empty()) {
      note(error);
      continue;
    }
    here = std::move(below);
    levels.push_back(std::move(next));
  }
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
  char events[kEventsSize];
  const ssize_t got = pread(events_fd, events, sizeof(events), 0);
  if (got < 0) return errno;
  const std::string_view text(events, static_cast<size_t>(got));
  const bool is_frozen = text.find("frozen 1") != std::string_view::npos;
  const int error =
      MarkResult(fsetxattr(directory_fd, kTaskAttribute, task.data(), task.size(), 0));
  return error == 0 && is_frozen ? EBUSY : error;
}

int GiveGroup(const char* path, std::string_view owner) {
  return MarkResult(setxattr(path, kOwnerAttribute, owner.data(), owner.size(), 0));
}

int RemoveGroup(const std::string& path) {
  for (int round = 0;; ++round) {
    if (rmdir(path.c_str()) == 0 || errno == ENOENT) return 0;
    const int error = errno;
    if ((error != EBUSY && error != ENOTEMPTY) || round == kRounds) return error;
    bool is_any_below = false;
    const int failed = RemoveBelow(path, &is_any_below);
    if (failed == ENOENT) return 0;
    if (failed != 0 && failed != EBUSY && failed != ENOTEMPTY) return failed;
    if (!is_any_below) return error;
  }
}

std::string PathBelow(const std::string& path, const std::string& name) {
  std::string below;
  below.reserve(path.size() + 1 + name.size());
  below.append(path).append(1, '/').append(name);
  return below;
}

int ListDirectories(const std::string& path, std::vector<std::string>* names) {
  const UniqueFd fd(open(path.c_str(), kDirectoryFlags));
  return fd ? ListDirectories(fd.get(), names) : errno;
}

int ListDirectories(int directory_fd, std::vector<std::string>* names) {
  // One of its own: fdopendir takes it over, and moves its offset.
  UniqueFd fd(openat(directory_fd, ".", kDirectoryFlags));
  if (!fd) return errno;
  DIR* directory = fdopendir(fd.get());
  if (directory == nullptr) return errno;
  (void)fd.Release();  // the directory's now
  for (;;) {
    errno = 0;
    // Nobody else reads this directory stream. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const dirent* entry = readdir(directory);
    if (entry == nullptr) break;
    // A group may have a name that begins with a dot.
    if (entry->d_type == DT_DIR && !IsDots(entry->d_name)) names->emplace_back(entry->d_name);
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
