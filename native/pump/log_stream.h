// One stream of output on its way from a FIFO to files.
//
// Where it is cut: a file ends at the last line end that fits into max_file_size. A line that had
// begun in the file before it was known to be too long is finished there, up to 64 KiB over the
// limit; what is longer is cut, since a file has to end. All of this follows from the file and the
// FIFO alone, so that a pump that takes over cuts where the one before would have.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "../core/unique_fd.h"
#include "../core/wire/pump_messages.h"
#include "back_off.h"
#include "log_source.h"
#include "pipe_size.h"
#include "rotated_files.h"
#include "scratch.h"

namespace raw_exec {

// What is to be waited for.
enum class StreamState {
  open,     // bytes in the FIFO
  blocked,  // the time to try again
  ended,
};

class LogStream {
 public:
  LogStream(UniqueFd fifo, const wire::LogSpec& spec, RotatedFiles files, Scratch* scratch);
  LogStream(const LogStream&) = delete;
  LogStream& operator=(const LogStream&) = delete;
  ~LogStream() = default;

  int fifo_fd() const { return fifo_.get(); }

  // Moves what is there, at most about a MiB.
  StreamState Run(uint64_t now_ns);
  // From now on the stream ends when its FIFO is empty.
  void Finish() { is_finishing_ = true; }
  // To be called before what is left in the FIFO is given up.
  void CountRestAsDropped();

  // When Run is to be called although nothing may have come; 0: then only.
  uint64_t retry_at_ns() const { return back_off_.at_ns(); }
  // Whether it waits for room in the file system.
  bool is_full() const;
  // Of the last Run.
  size_t moved() const { return moved_; }
  PipeSize& pipe_size() { return pipe_size_; }

  wire::LogCounters Counters(uint64_t now_ns, bool has_ended) const;

 private:
  // What one step came to. moved and error may both be 0: a file was begun.
  struct Step {
    size_t moved = 0;
    int error = 0;  // EAGAIN: nothing in the FIFO
    bool has_ended = false;
    bool is_drained = false;  // most likely nothing in the FIFO
  };

  Step Pump();
  Step CutBeforeLimit(size_t room);
  Step RunOver(size_t over);
  Step Move(size_t count);
  Step Rotate();
  StreamState End();
  bool StartsToDrop(int error, uint64_t now_ns);
  StreamState Block(int error, uint64_t now_ns);
  void GoOn(uint64_t now_ns);

  Step Drop(uint64_t now_ns);
  Step DropRestOfLine();
  Step Discard(size_t limit);
  int WriteMark();

  UniqueFd fifo_;
  std::unique_ptr<LogSource> source_;
  RotatedFiles files_;
  Scratch* const scratch_;
  PipeSize pipe_size_;
  const bool drops_when_full_;
  bool is_finishing_ = false;
  size_t moved_ = 0;

  BackOff back_off_;
  int error_ = 0;
  bool is_dropping_ = false;
  bool dropped_whole_lines_ = true;
  uint64_t dropped_unmarked_ = 0;

  uint64_t bytes_ = 0;
  uint64_t dropped_ = 0;
  uint64_t blocked_since_ns_ = 0;  // 0: it is not
  uint64_t blocked_ns_ = 0;
};

}  // namespace raw_exec
