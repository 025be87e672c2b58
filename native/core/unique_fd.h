// A descriptor with one owner.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace raw_exec {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }

  // close is never tried again on EINTR: Linux has released the number by then, and it may be
  // somebody else's already. Keeps errno: what had failed before is what the caller tells.
  void Reset(int fd = -1) {
    const int had_failed = errno;
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
    errno = had_failed;
  }

 private:
  int fd_ = -1;
};

// The same descriptor above 0 to 2, which are never ours: a program that has closed them would else
// hand our own descriptors on as a child's stdio. Invalid on failure, with errno set.
inline UniqueFd AboveStdio(UniqueFd fd, int first = 3) {
  if (!fd || fd.get() >= first) return fd;
  return UniqueFd(fcntl(fd.get(), F_DUPFD_CLOEXEC, first));
}

}  // namespace raw_exec
