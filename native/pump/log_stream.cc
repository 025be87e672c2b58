#include "log_stream.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "copy_source.h"
#include "splice_source.h"

namespace raw_exec {
namespace {

constexpr size_t kChunk = size_t{1024} * 1024;  // at least what a FIFO of ours may hold
constexpr size_t kMaxOver = kScratchSize;

std::unique_ptr<LogSource> MakeSource(int fifo_fd, int32_t pump, Scratch* scratch) {
  if (pump == static_cast<int32_t>(wire::LogPump::copy)) {
    return std::make_unique<CopySource>(fifo_fd, scratch);
  }
  return std::make_unique<SpliceSource>(fifo_fd);
}

bool IsFull(int error) { return error == ENOSPC || error == EDQUOT; }

}  // namespace

LogStream::LogStream(UniqueFd fifo, const wire::LogSpec& spec, RotatedFiles files, Scratch* scratch)
    : fifo_(std::move(fifo)),
      source_(MakeSource(fifo_.get(), spec.pump, scratch)),
      files_(std::move(files)),
      scratch_(scratch),
      pipe_size_(fifo_.get()),
      drops_when_full_(spec.when_full == static_cast<int32_t>(wire::LogFull::drop)) {}

StreamState LogStream::Run(uint64_t now_ns) {
  moved_ = 0;
  while (moved_ < kChunk) {
    const Step step = is_dropping_ ? Drop(now_ns) : Pump();
    moved_ += step.moved;
    if (step.has_ended || (step.error == EAGAIN && is_finishing_)) return End();
    if (step.error == EAGAIN) {
      if (!is_dropping_) GoOn(now_ns);
      return StreamState::open;
    }
    if (step.error != 0 && step.error != EINTR) {
      if (!StartsToDrop(step.error, now_ns)) return Block(step.error, now_ns);
      continue;
    }
    if (step.moved > 0 && !is_dropping_) GoOn(now_ns);
    // Asking an empty FIFO again would cost as much as the next wake-up, and mostly in vain.
    if (step.is_drained && !is_finishing_) return StreamState::open;
  }
  return StreamState::open;
}

StreamState LogStream::End() {
  // On a disk that is still full it stays out; the counters tell.
  if (is_dropping_) (void)WriteMark();
  return StreamState::ended;
}

LogStream::Step LogStream::Pump() {
  const int error = files_.Settle();
  if (error != 0) return {.error = error};
  const int64_t room = files_.room();
  if (room >= static_cast<int64_t>(kChunk)) return Move(kChunk);
  const long available = source_->Available();
  if (available < 0) return {.error = static_cast<int>(-available)};
  if (available == 0) {
    const long peeked = source_->Peek(scratch_, 1);
    if (peeked == 0) return {.has_ended = true};
    return {.error = peeked < 0 ? static_cast<int>(-peeked) : 0};
  }
  if (available <= room) return Move(static_cast<size_t>(available));
  if (room > static_cast<int64_t>(kScratchSize)) {
    return Move(static_cast<size_t>(room) - kScratchSize);
  }
  if (room > 0) return CutBeforeLimit(static_cast<size_t>(room));
  return RunOver(static_cast<size_t>(-room));
}

// There is more in the FIFO than the file has room for.
LogStream::Step LogStream::CutBeforeLimit(size_t room) {
  const long peeked = source_->Peek(scratch_, room);
  if (peeked <= 0) return {.error = static_cast<int>(-peeked), .has_ended = peeked == 0};
  const size_t seen = static_cast<size_t>(peeked);
  if (seen < room) return Move(seen);  // FIFOs whose pages are not full show less at a time
  const void* last = memrchr(scratch_->bytes, '\n', seen);
  if (last != nullptr) {
    const size_t fits = static_cast<size_t>(static_cast<const char*>(last) - scratch_->bytes) + 1;
    Step step = Move(fits);
    if (step.moved == fits) step.error = files_.Rotate();
    return step;
  }
  if (files_.size() > 0 && files_.EndsLine()) return Rotate();
  return Move(room);
}

// The file is at its limit, or over it. The line that it ends with is finished first.
LogStream::Step LogStream::RunOver(size_t over) {
  if (over >= kMaxOver || files_.EndsLine()) return Rotate();
  const long peeked = source_->Peek(scratch_, kMaxOver - over);
  if (peeked <= 0) return {.error = static_cast<int>(-peeked), .has_ended = peeked == 0};
  const size_t seen = static_cast<size_t>(peeked);
  const void* first = std::memchr(scratch_->bytes, '\n', seen);
  if (first == nullptr) return Move(seen);
  return Move(static_cast<size_t>(static_cast<const char*>(first) - scratch_->bytes) + 1);
}

LogStream::Step LogStream::Rotate() { return {.error = files_.Rotate()}; }

LogStream::Step LogStream::Move(size_t count) {
  const long moved = source_->Move(files_.fd(), files_.size(), count);
  if (moved < 0) return {.error = static_cast<int>(-moved)};
  if (moved == 0) return {.has_ended = true};
  files_.Grown(moved);
  bytes_ += static_cast<uint64_t>(moved);
  const size_t done = static_cast<size_t>(moved);
  return {.moved = done, .is_drained = source_->IsDrained(count, done)};
}

bool LogStream::StartsToDrop(int error, uint64_t now_ns) {
  if (!IsFull(error) || !drops_when_full_) return false;
  error_ = error;
  back_off_.Wait(now_ns);
  return is_dropping_ = true;
}

StreamState LogStream::Block(int error, uint64_t now_ns) {
  error_ = error;
  back_off_.Wait(now_ns);
  // Nobody will wait for a disk that says anything else, once the task is gone.
  if (is_finishing_ && !IsFull(error)) {
    CountRestAsDropped();
    return StreamState::ended;
  }
  if (blocked_since_ns_ == 0) blocked_since_ns_ = now_ns;
  return StreamState::blocked;
}

void LogStream::GoOn(uint64_t now_ns) {
  if (error_ == 0) return;
  error_ = 0;
  back_off_.Clear();
  if (blocked_since_ns_ != 0) blocked_ns_ += now_ns - blocked_since_ns_;
  blocked_since_ns_ = 0;
}

bool LogStream::is_full() const { return IsFull(error_) && !is_dropping_; }

void LogStream::CountRestAsDropped() {
  const long rest = source_->Available();
  if (rest > 0) dropped_ += static_cast<uint64_t>(rest);
}

wire::LogCounters LogStream::Counters(uint64_t now_ns, bool has_ended) const {
  wire::LogCounters counters = {};
  counters.bytes = bytes_;
  counters.dropped_bytes = dropped_;
  counters.blocked_ns = blocked_ns_;
  if (blocked_since_ns_ != 0) counters.blocked_ns += now_ns - blocked_since_ns_;
  counters.rotations = files_.rotations();
  counters.truncations = files_.truncations();
  counters.error = error_;
  counters.has_ended = has_ended ? 1 : 0;
  return counters;
}

}  // namespace raw_exec
