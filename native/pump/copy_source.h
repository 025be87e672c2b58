// Bytes are read and written again: whoever writes to the FIFO runs on while the file system
// stalls, until the FIFO is full. A pump that is killed loses what it has read and not yet written.
#pragma once

#include <memory>

#include "log_source.h"

namespace raw_exec {

class CopySource final : public LogSource {
 public:
  explicit CopySource(int fifo_fd) : fifo_fd_(fifo_fd) {}

  long Available() override;
  long Peek(Scratch* scratch, size_t limit) override;
  long Move(int file, int64_t offset, size_t count) override;
  long Take(Scratch* scratch, size_t limit) override;
  bool holds_bytes() const override { return begin_ < end_; }

 private:
  long Fill();  // 1: something is held
  void Drop(size_t count);

  const int fifo_fd_;  // borrowed
  // Only while something is held: ten thousand idle streams need no buffer.
  std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace raw_exec
