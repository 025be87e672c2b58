// Where the bytes of a stream come from: its FIFO, by one of two ways. All calls return a count, or
// minus errno; -EAGAIN: there is nothing now; 0: there never will be, nobody has it open for
// writing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "scratch.h"

namespace raw_exec {

class LogSource {
 public:
  LogSource() = default;
  virtual ~LogSource() = default;
  LogSource(const LogSource&) = delete;
  LogSource& operator=(const LogSource&) = delete;

  // How many bytes could be had now; 0 also at the end.
  virtual long Available() = 0;
  // The next bytes, at most `limit` (up to kScratchSize), into the scratch; they stay where they
  // are.
  virtual long Peek(Scratch* scratch, size_t limit) = 0;
  // At most `count` of the next bytes into the file.
  virtual long Move(int file, int64_t offset, size_t count) = 0;
  // The next bytes, at most `limit` (up to kScratchSize), into the scratch and nowhere else.
  virtual long Take(Scratch* scratch, size_t limit) = 0;
  // After a Move of `count` that came to `moved`: whether there was most likely no more.
  virtual bool IsDrained(size_t count, size_t moved) const = 0;
};

}  // namespace raw_exec
