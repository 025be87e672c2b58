// Bytes are read and written again: whoever writes to the FIFO runs on while the file system
// stalls, until the FIFO is full. A pump that is killed loses what it has read and not yet written.
#pragma once

#include <memory>
#include <utility>

#include "log_source.h"

namespace raw_exec {

class CopySource final : public LogSource {
 public:
  CopySource(int fifo_fd, Scratch* scratch) : fifo_fd_(fifo_fd), scratch_(scratch) {}

  long Available() override;
  long Peek(Scratch* scratch, size_t limit) override;
  long Move(int file, int64_t offset, size_t count) override;
  long Take(Scratch* scratch, size_t limit) override;
  bool IsDrained(size_t /*count*/, size_t /*moved*/) const override {
    return !holds_bytes() && end_ < kScratchSize;
  }

 private:
  bool holds_bytes() const { return begin_ < end_; }
  long Fill();  // 1: something is held
  void Drop(size_t count);
  void GiveBuffer() { scratch_->spare = std::move(bytes_); }

  const int fifo_fd_;  // borrowed
  Scratch* const scratch_;
  // Only while something is held: ten thousand idle streams need no buffer.
  std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace raw_exec
