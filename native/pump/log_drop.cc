// The part of a stream that is told to drop what a full file system does not take.
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "log_stream.h"

namespace raw_exec {

LogStream::Step LogStream::Drop(uint64_t now_ns) {
  if (!back_off_.IsDue(now_ns)) return Discard(kScratchSize);
  // The rest of a line whose beginning was dropped goes with it.
  if (!dropped_whole_lines_) {
    const Step step = DropRestOfLine();
    if (step.moved > 0) return step;
    if (step.error == EAGAIN && !is_finishing_) {
      back_off_.Clear();  // nothing is left to try until more comes
      return step;
    }
    if (step.error != 0 && step.error != EAGAIN) return step;
  }
  const int error = WriteMark();
  if (error == 0) {
    is_dropping_ = false;
    dropped_whole_lines_ = true;
    GoOn(now_ns);
    return {};
  }
  if (error != ENOSPC && error != EDQUOT) return {.error = error};
  error_ = error;
  back_off_.Wait(now_ns);
  return Discard(kScratchSize);
}

LogStream::Step LogStream::DropRestOfLine() {
  const long peeked = source_->Peek(scratch_, kScratchSize);
  if (peeked <= 0) return {.error = static_cast<int>(-peeked), .has_ended = peeked == 0};
  const void* first = std::memchr(scratch_->bytes, '\n', static_cast<size_t>(peeked));
  if (first == nullptr) return Discard(static_cast<size_t>(peeked));
  return Discard(static_cast<size_t>(static_cast<const char*>(first) - scratch_->bytes) + 1);
}

LogStream::Step LogStream::Discard(size_t limit) {
  const long taken = source_->Take(scratch_, limit);
  if (taken <= 0) return {.error = static_cast<int>(-taken), .has_ended = taken == 0};
  dropped_ += static_cast<uint64_t>(taken);
  dropped_unmarked_ += static_cast<uint64_t>(taken);
  dropped_whole_lines_ = scratch_->bytes[taken - 1] == '\n';
  return {.moved = static_cast<size_t>(taken)};
}

// One line that says how much is missing here: whole, or not at all. Returns errno.
int LogStream::WriteMark() {
  if (dropped_unmarked_ == 0) return 0;
  int error = files_.Settle();
  if (error != 0) return error;
  char text[128];
  const int length =
      std::snprintf(text, sizeof(text), "\nraw-exec: %" PRIu64 " bytes of output dropped: %s\n",
                    dropped_unmarked_, error_ == EDQUOT ? "quota exceeded" : "no space left");
  if (files_.room() < length && files_.size() > 0) {
    error = files_.Rotate();
    if (error != 0) return error;
  }
  const char* begin = files_.EndsLine() ? text + 1 : text;
  const size_t size = static_cast<size_t>(text + length - begin);
  const ssize_t written = pwrite(files_.fd(), begin, size, files_.size());
  if (written < 0) return errno;
  if (static_cast<size_t>(written) < size) {
    // Where this fails too the beginning of a mark stays, as part of the file's size.
    if (ftruncate(files_.fd(), files_.size()) != 0) files_.Grown(written);
    return ENOSPC;
  }
  files_.Grown(written);
  dropped_unmarked_ = 0;
  return 0;
}

}  // namespace raw_exec
