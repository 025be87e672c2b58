// What the keeper and a pump say to each other.
//
// A pump is started as `raw-exec-keeper pump [--lock FILE]` with its end of the socket at
// descriptor
// 3. It does nothing before it holds the lock: a pump that was killed may still be inside a write.
// When the socket ends it moves what is in the pipes and ends too. It stays only for a pipe that
// nobody but itself has open, until the file takes the rest.
#pragma once

#include <cstdint>

#include "client_messages.h"
#include "message.h"

namespace raw_exec::wire {

inline constexpr size_t kMaxLogName = 200;  // with the number it must be a file name

enum class PumpKind : uint16_t {
  // From the keeper.
  add = 1,     // added; only then is the stream there
  finish = 2,  // nobody writes any more: what is in the pipe is the rest. Then `ended`.
  ask = 3,     // counters
  remove = 4,  // at once, whatever is in the pipe. Then `ended`.

  counters = 101,
  added = 102,
  // Not asked for: the last byte is in the file, or there is no way to write it. Nobody had the
  // pipe
  // open for writing any more, or `finish` or `remove` was asked for. The stream is gone.
  ended = 201,
};

// Descriptor: the reading end of the FIFO, O_NONBLOCK. Texts: directory, file name without ".N".
struct PumpAdd {
  uint64_t stream;  // serial * 2 + 0 for stdout, 1 for stderr
  LogSpec spec;
};

enum class PumpRefusal : int32_t {
  none = 0,
  malformed = 1,   // the message, the name, or a limit that is out of range
  exists = 2,      // a stream of this number is there
  descriptor = 3,  // not the reading end of a FIFO, opened with O_NONBLOCK
  directory = 4,   // it cannot be opened; ELOOP or ENOTDIR: it is a symbolic link
  list = 5,        // it cannot be read
  not_regular =
      6,          // the newest entry of this name is no regular file: a symbolic link, a FIFO, ...
  hard_link = 7,  // it has other names too
  open = 8,       // it cannot be opened
  create = 9,     // a new one cannot be made
  owner = 10,     // a new one cannot be given to its owner
  watch = 11,     // epoll refuses the FIFO
};

// Text: the entry of the directory that it is about, or "".
struct PumpAdded {
  uint64_t stream;
  int32_t error;    // positive errno; 0: the stream is there
  int32_t refusal;  // PumpRefusal
};

struct PumpStream {
  uint64_t stream;
};

// Of a stream that is not there: ENOENT, has_ended and nothing else.
struct PumpCounters {
  uint64_t stream;
  LogCounters counters;
};

}  // namespace raw_exec::wire
