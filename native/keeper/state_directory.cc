#include "state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace raw_exec::keeper {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kPrivate = 0700;

Complaint Refuse(const std::string& path, const std::string& why) {
  return {ExitCode::refused, "cannot use " + path + " as state directory: " + why};
}

std::string Octal(mode_t mode) {
  char text[16];
  (void)std::snprintf(text, sizeof(text), "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

Complaint OpenPrivate(int parent_fd, const std::string& name, const std::string& path,
                      UniqueFd* directory) {
  const bool is_new = mkdirat(parent_fd, name.c_str(), kPrivate) == 0;
  if (!is_new && errno != EEXIST) return Failure("make " + path, errno);
  UniqueFd opened(openat(parent_fd, name.c_str(), kDirectoryFlags));
  if (!opened && (errno == ELOOP || errno == ENOTDIR)) {
    return Refuse(path, "it is a symbolic link, or no directory; name the directory itself");
  }
  if (!opened) return Failure("open " + path, errno);
  *directory = AboveStdio(std::move(opened));
  if (!*directory) return Failure("open " + path, errno);
  struct stat found = {};
  if (fstat(directory->get(), &found) != 0) return Failure("look at " + path, errno);
  if (found.st_uid != geteuid()) {
    return Refuse(path, "it belongs to uid " + std::to_string(found.st_uid) + ", not to uid " +
                            std::to_string(geteuid()) + " that this keeper runs as");
  }
  // The umask, or the set-group-ID bit of the directory above, may have shaped what we have made.
  if (is_new) {
    if (fchmod(directory->get(), kPrivate) != 0) return Failure("set the mode of " + path, errno);
    return {};
  }
  if ((found.st_mode & 0777) != kPrivate) {
    return Refuse(path, "its mode is " + Octal(found.st_mode) +
                            ", which must be 0700; make sure that nobody else has put anything "
                            "there, then chmod 700 " +
                            path);
  }
  return {};
}

// Who can rename a directory above can put another in its place. A sticky one lets only owners.
Complaint CheckAbove(const std::string& path, int directory_fd) {
  struct stat below = {};
  // It was opened: NOLINTNEXTLINE(clang-analyzer-unix.StdCLibraryFunctions)
  if (fstat(directory_fd, &below) != 0) return Failure("look at " + path, errno);
  UniqueFd held;
  for (int current = directory_fd;;) {
    UniqueFd above(openat(current, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // A directory that we may not read hides what is above it, and its owner decides there.
    if (!above && errno == EACCES) return {};
    if (!above) return Failure("look above " + path, errno);
    struct stat found = {};
    if (fstat(above.get(), &found) != 0) return Failure("look above " + path, errno);
    if (found.st_dev == below.st_dev && found.st_ino == below.st_ino) return {};
    if (found.st_uid != 0 && found.st_uid != geteuid()) {
      return Refuse(path, "a directory above it belongs to uid " + std::to_string(found.st_uid) +
                              ", who could replace it");
    }
    if ((found.st_mode & S_IWOTH) != 0 && (found.st_mode & S_ISVTX) == 0) {
      return Refuse(path, "everybody can write to a directory above it (mode " +
                              Octal(found.st_mode) + "), and replace it");
    }
    below = found;
    held = std::move(above);
    current = held.get();
  }
}

}  // namespace

Complaint StateDirectory::Open(const std::string& path) {
  path_ = path;
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
  if (Complaint bad = OpenPrivate(AT_FDCWD, path_, path_, &directory_)) return bad;
  if (Complaint bad = CheckAbove(path_, directory_.get())) return bad;
  return OpenPrivate(directory_.get(), "tasks", path_ + "/tasks", &tasks_);
}

Complaint StateDirectory::Lock() {
  const std::string path = path_ + "/keeper.lock";
  constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  // Held for reading only: what is open for writing would keep the file system from being remounted
  // read-only for as long as the keeper lives.
  lock_ = AboveStdio(
      UniqueFd(openat(directory_.get(), "keeper.lock", O_RDONLY | O_CREAT | kFlags, 0600)));
  struct stat found = {};
  if (!lock_ || fstat(lock_.get(), &found) != 0) return Failure("open " + path, errno);
  if (!S_ISREG(found.st_mode)) return Refuse(path_, "keeper.lock is not a regular file");
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failure("lock " + path, errno);
    char holder[32] = {};
    const ssize_t got = pread(lock_.get(), holder, sizeof(holder) - 1, 0);
    std::string who = got > 0 ? std::string(holder) : "not known yet";
    while (!who.empty() && who.back() == '\n') who.pop_back();
    return {ExitCode::locked, "another keeper serves " + path_ + " already: pid " + who};
  }
  const std::string own = std::to_string(getpid()) + "\n";
  const UniqueFd writer(openat(directory_.get(), "keeper.lock", O_WRONLY | O_TRUNC | kFlags));
  if (!writer || write(writer.get(), own.data(), own.size()) != static_cast<ssize_t>(own.size())) {
    return Failure("write to " + path, errno);
  }
  return {};
}

Complaint StateDirectory::TakeLock(UniqueFd lock) {
  // That it is locked already is no obstacle to the one who has locked it.
  struct stat handed = {};
  struct stat named = {};
  if (fstat(lock.get(), &handed) != 0 || flock(lock.get(), LOCK_EX | LOCK_NB) != 0 ||
      fstatat(directory_.get(), "keeper.lock", &named, AT_SYMLINK_NOFOLLOW) != 0) {
    return Failure("take over the lock of " + path_, errno);
  }
  if (handed.st_dev != named.st_dev || handed.st_ino != named.st_ino) {
    return Refuse(path_, "keeper.lock is not the file that was locked");
  }
  lock_ = std::move(lock);
  return {};
}

bool StateDirectory::IsHeld(const char* name) const {
  const UniqueFd file(
      openat(directory_.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return file && flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace raw_exec::keeper
