// What the keeper and a pump say to each other.
#pragma once

#include <cstdint>

#include "client_messages.h"
#include "message.h"

namespace raw_exec::wire {

enum class PumpKind : uint16_t {
  // From the keeper. None is answered but `ask`.
  add = 1,
  finish = 2,  // nobody writes any more: what is in the pipe is the rest
  ask = 3,     // counters

  counters = 101,
  ended = 201,  // not asked for: the last byte is in the file, or there is no way to write it
};

// Descriptor: the reading end of the FIFO, O_NONBLOCK. Texts: directory, file name without ".N".
struct PumpAdd {
  uint64_t stream;  // serial * 2 + 0 for stdout, 1 for stderr
  LogSpec spec;
};

struct PumpStream {
  uint64_t stream;
};

struct PumpCounters {
  uint64_t stream;
  LogCounters counters;
};

}  // namespace raw_exec::wire
