#include "whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "unique_fd.h"

namespace raw_exec {
namespace {

int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

int WriteFresh(const std::string& path, std::string_view bytes, mode_t mode,
               Durability durability) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  UniqueFd fd(open(path.c_str(), kFlags, mode));
  if (!fd) return errno;
  int error = WriteAll(fd.get(), bytes);
  if (error == 0 && durability == Durability::power && fdatasync(fd.get()) != 0) error = errno;
  // A network file system tells of a full disk here.
  if (close(fd.Release()) != 0 && error == 0 && errno != EINTR) error = errno;
  return error;
}

// Some file systems have nothing to do for it, and say EINVAL.
int SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
  const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno;
  return fsync(fd.get()) == 0 || errno == EINVAL ? 0 : errno;
}

}  // namespace

int ReplaceFile(const std::string& path, std::string_view bytes, mode_t mode,
                Durability durability) {
  const std::string fresh = path + ".new";
  int error = WriteFresh(fresh, bytes, mode, durability);
  if (error == 0 && rename(fresh.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(fresh.c_str());
    return error;
  }
  return durability == Durability::power ? SyncDirectoryOf(path) : 0;
}

}  // namespace raw_exec
