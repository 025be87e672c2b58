#include "tree_removal.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// What lies deeper is moved up: one descriptor is held for each level, and there are few.
constexpr int kDeepest = 32;
// Ends a race with somebody who goes on making deep trees.
constexpr int kMostMoved = 1'000'000;
// How often a directory is emptied while somebody fills it.
constexpr int kRounds = 16;
constexpr mode_t kOwnersRights = S_IRWXU;

// statx, because fstat is another function in each glibc before 2.33.
bool Look(int fd, struct statx* found) {
  return statx(fd, "", AT_EMPTY_PATH, STATX_MODE | STATX_UID, found) == 0;
}

// openat2 is of Linux 5.6; before, and where a sandbox forbids it, the device tells most mounts.
UniqueFd OpenBelow(int parent, const char* name) {
  open_how how = {};
  how.flags = kDirectory;
  how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
  UniqueFd opened(static_cast<int>(syscall(SYS_openat2, parent, name, &how, sizeof(how))));
  if (opened || (errno != ENOSYS && errno != EPERM)) return opened;
  opened.Reset(openat(parent, name, kDirectory));
  struct statx above = {};
  struct statx found = {};
  if (!opened) return opened;
  if (!Look(parent, &above) || !Look(opened.get(), &found)) return UniqueFd();
  if (above.stx_dev_major == found.stx_dev_major && above.stx_dev_minor == found.stx_dev_minor) {
    return opened;
  }
  opened.Reset();
  errno = EXDEV;
  return opened;
}

// A directory without rights for its owner, such as a cache that is made read-only.
bool GiveRights(int directory) {
  struct statx found = {};
  return Look(directory, &found) && found.stx_uid == geteuid() &&
         (found.stx_mode & kOwnersRights) != kOwnersRights &&
         fchmod(directory, (found.stx_mode & 07777U) | kOwnersRights) == 0;
}

// O_PATH needs no right to read, and what it holds cannot be exchanged.
UniqueFd OpenClosed(int parent, const char* name) {
  const UniqueFd held(openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct statx found = {};
  if (!held || !Look(held.get(), &found)) return UniqueFd();
  if (found.stx_uid != geteuid()) {
    errno = EACCES;
    return UniqueFd();
  }
  const std::string path = "/proc/self/fd/" + std::to_string(held.get());
  if (chmod(path.c_str(), (found.stx_mode & 07777U) | kOwnersRights) != 0) return UniqueFd();
  return OpenBelow(parent, name);
}

int ReadNames(int directory, std::vector<std::string>* names) {
  names->clear();
  UniqueFd again(openat(directory, ".", kDirectory));
  if (!again) return errno;
  DIR* const stream = fdopendir(again.get());
  if (stream == nullptr) return errno;
  (void)again.Release();  // the stream's
  errno = 0;
  while (const dirent* entry = readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names->emplace_back(name);
    errno = 0;
  }
  const int error = errno;
  closedir(stream);
  return error;
}

class Removal {
 public:
  explicit Removal(int root) : root_(root) {}

  // Of what is in the directory. The first error; the rest has been tried.
  int Empty(int directory, int depth) {
    int error = 0;
    for (int round = 0; round < kRounds; ++round) {
      const int moved_before = moved_;
      std::vector<std::string> names;
      const int unread = ReadNames(directory, &names);
      if (unread != 0) return unread;
      if (names.empty()) return 0;
      error = 0;
      for (const std::string& name : names) {
        const int failed = Remove(directory, name.c_str(), depth);
        if (error == 0) error = failed;
      }
      // What could not be removed will not be removed by trying again.
      if (error != 0) return error;
      // What was moved up is work that was put off, not somebody's doing.
      if (directory == root_ && moved_ != moved_before && moved_ < kMostMoved) round = -1;
    }
    return ENOTEMPTY;
  }

 private:
  int Remove(int parent, const char* name, int depth) {
    for (int attempt = 0; attempt < kRounds; ++attempt) {
      if (Unlink(parent, name, 0) || errno == ENOENT) return 0;
      if (errno != EISDIR && errno != EPERM) return errno;
      const int refused = errno;
      const int error = RemoveDirectory(parent, name, depth);
      // It is no directory after all: somebody has exchanged it, or it may not be removed.
      if (error != ENOTDIR && error != ELOOP) return error;
      if (refused == EPERM) return EPERM;
    }
    return ENOTEMPTY;
  }

  int RemoveDirectory(int parent, const char* name, int depth) {
    UniqueFd directory = OpenBelow(parent, name);
    if (!directory && errno == EACCES) directory = OpenClosed(parent, name);
    if (!directory) return errno == EXDEV ? EBUSY : errno == ENOENT ? 0 : errno;
    if (depth >= kDeepest) return MoveUp(parent, name);
    const int error = Empty(directory.get(), depth + 1);
    if (error != 0) return error;
    return Unlink(parent, name, AT_REMOVEDIR) || errno == ENOENT ? 0 : errno;
  }

  // The next round of the root finds it there. A name that is taken is of something else of the
  // tree.
  int MoveUp(int parent, const char* name) {
    for (;;) {
      const std::string moved = ".raw-exec-removed-" + std::to_string(moved_++);
      if (renameat(parent, name, root_, moved.c_str()) == 0 || errno == ENOENT) return 0;
      if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) return errno;
    }
  }

  static bool Unlink(int parent, const char* name, int flags) {
    if (unlinkat(parent, name, flags) == 0) return true;
    if (errno != EACCES) return false;
    if (GiveRights(parent)) return unlinkat(parent, name, flags) == 0;
    errno = EACCES;
    return false;
  }

  int root_;
  int moved_ = 0;
};

}  // namespace

int RemoveTree(const std::string& path) {
  UniqueFd root(open(path.c_str(), kDirectory));
  if (!root && errno == EACCES) root = OpenClosed(AT_FDCWD, path.c_str());
  if (!root) return errno == ENOENT ? 0 : errno;
  const int error = Removal(root.get()).Empty(root.get(), 0);
  if (error != 0) return error;
  return rmdir(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

}  // namespace raw_exec
