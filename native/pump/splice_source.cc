#include "splice_source.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace raw_exec {

long SpliceSource::Available() {
  int count = 0;
  return ioctl(fifo_fd_, FIONREAD, &count) == 0 ? count : -errno;
}

long SpliceSource::Peek(Scratch* scratch, size_t limit) {
  const size_t wanted = std::min(limit, kScratchSize);
  const ssize_t copied = tee(fifo_fd_, scratch->pipe_in.get(), wanted, SPLICE_F_NONBLOCK);
  if (copied <= 0) return copied == 0 ? 0 : -errno;
  // All of it has to leave the scratch pipe again: it is everybody's.
  size_t used = 0;
  while (used < static_cast<size_t>(copied)) {
    const ssize_t got =
        read(scratch->pipe_out.get(), scratch->bytes + used, static_cast<size_t>(copied) - used);
    if (got < 0) return -errno;
    used += static_cast<size_t>(got);
  }
  return copied;
}

long SpliceSource::Move(int file, int64_t offset, size_t count) {
  loff_t position = offset;
  const ssize_t moved = splice(fifo_fd_, nullptr, file, &position, count, SPLICE_F_NONBLOCK);
  return moved >= 0 ? moved : -errno;
}

long SpliceSource::Take(Scratch* scratch, size_t limit) {
  const ssize_t got = read(fifo_fd_, scratch->bytes, std::min(limit, kScratchSize));
  return got >= 0 ? got : -errno;
}

}  // namespace raw_exec
