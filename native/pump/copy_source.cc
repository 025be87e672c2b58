#include "copy_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace raw_exec {

long CopySource::Fill() {
  if (holds_bytes()) return 1;
  bytes_ = std::move(scratch_->spare);
  if (bytes_ == nullptr) bytes_.reset(new char[kScratchSize]);
  const ssize_t got = read(fifo_fd_, bytes_.get(), kScratchSize);
  const long result = got >= 0 ? got : -errno;
  begin_ = 0;
  end_ = got > 0 ? static_cast<size_t>(got) : 0;
  if (got <= 0) GiveBuffer();
  return result > 0 ? 1 : result;
}

void CopySource::Drop(size_t count) {
  begin_ += count;
  if (!holds_bytes()) GiveBuffer();
}

long CopySource::Available() {
  const long filled = Fill();
  if (filled < 0 && filled != -EAGAIN) return filled;
  return static_cast<long>(end_ - begin_);
}

long CopySource::Peek(Scratch* scratch, size_t limit) {
  const long filled = Fill();
  if (filled <= 0) return filled;
  const size_t count = std::min({limit, kScratchSize, end_ - begin_});
  std::memcpy(scratch->bytes, bytes_.get() + begin_, count);
  return static_cast<long>(count);
}

long CopySource::Move(int file, int64_t offset, size_t count) {
  const long filled = Fill();
  if (filled <= 0) return filled;
  const ssize_t written =
      pwrite(file, bytes_.get() + begin_, std::min(count, end_ - begin_), offset);
  if (written < 0) return -errno;
  Drop(static_cast<size_t>(written));
  return written;
}

long CopySource::Take(Scratch* scratch, size_t limit) {
  const long peeked = Peek(scratch, limit);
  if (peeked > 0) Drop(static_cast<size_t>(peeked));
  return peeked;
}

}  // namespace raw_exec
