// Pages go from the FIFO to the file: bytes leave the one only as they enter the other, so a pump
// that is killed loses none. While the file system stalls, whoever writes to the FIFO waits with
// it.
#pragma once

#include "log_source.h"

namespace raw_exec {

class SpliceSource final : public LogSource {
 public:
  explicit SpliceSource(int fifo_fd) : fifo_fd_(fifo_fd) {}

  long Available() override;
  long Peek(Scratch* scratch, size_t limit) override;
  long Move(int file, int64_t offset, size_t count) override;
  long Take(Scratch* scratch, size_t limit) override;
  bool IsDrained(size_t count, size_t moved) const override { return moved < count; }

 private:
  const int fifo_fd_;  // borrowed
};

}  // namespace raw_exec
