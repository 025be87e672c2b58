// The size of a FIFO, and what all FIFOs of a pump may take together.
#pragma once

#include <cstddef>

namespace raw_exec {

// Half of what a user may have in pipes: beyond the whole, every new pipe of the user is of 8 KiB
// (pipe(7)), those of strangers too.
class PipeBudget {
 public:
  void Open();  // asks the kernel
  bool Take(long bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  void Give(long bytes) { left_ += bytes; }
  long largest() const { return largest_; }

 private:
  long left_ = 0;
  long largest_ = 0;
};

class PipeSize {
 public:
  explicit PipeSize(int fifo_fd);

  long bytes() const { return bytes_; }
  // Makes it larger when so much was found in it that it must have been full, and there is budget.
  void Fit(size_t found, PipeBudget* budget);
  // To be called before the stream goes: what it has been given goes back.
  void GiveBack(PipeBudget* budget);

 private:
  const int fifo_fd_;  // borrowed
  long bytes_;
  long taken_ = 0;
  bool is_refused_ = false;
};

}  // namespace raw_exec
