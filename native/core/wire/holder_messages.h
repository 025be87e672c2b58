// What the keeper and the holder say to each other. The holder is the parent of every task.
#pragma once

#include <cstdint>

#include "client_messages.h"
#include "message.h"

namespace raw_exec::wire {

enum class HolderKind : uint16_t {
  // From the keeper.
  attach = 1,  // attached, then one `held` for each task, then `held_all`
  start = 2,   // started | failed
  signal = 3,  // signalled: to one process or to a group, by whoever is its parent
  forget = 4,  // done: the records go
  // done: the start record is written again (who supervises, what was asked for, the attachment)
  note = 5,
  // By a keeper that was refused for its newer version: failed, or the connection ends, and the
  // newer holder listens. Descriptor: the newer one's executable.
  upgrade = 6,

  attached = 101,
  started = 102,
  signalled = 103,
  done = 104,
  failed = 105,
  held = 110,
  held_all = 111,
  exited = 201,  // not asked for: the record is on disk; the zombie is reaped after this was sent
};

// Of another version: `failed` with reason `protocol`, and the holder's version in `detail`.
struct Attach {
  uint32_t magic;
  uint16_t protocol;
  // Not 0: somebody else starts the next keeper when this one has ended. Else the holder does.
  uint16_t is_supervised;
};

struct HolderUpgrade {
  uint32_t magic;
  uint16_t protocol;  // of the newer one
  uint16_t unused;
};

struct Attached {
  int32_t holder_pid;
  int32_t unused;
};

// Descriptors as in client_messages.h, those of the logs included.
// Texts: as those of client_messages.h's Start.
struct HolderStart {
  uint64_t serial;
  uint64_t session_of;  // as in TaskInfo
  int32_t supervisor_pid;
  int32_t unused;
  uint64_t supervisor_start_ticks;
  Start start;
};

struct HolderSignal {
  uint64_t serial;
  int32_t signal;
  int32_t to_group;
};

struct HolderSignalled {
  int32_t error;
  int32_t unused;
};

struct HolderForget {
  uint64_t serial;
};

// Text: attachment.
struct HolderNote {
  uint64_t serial;
  int32_t supervisor_pid;
  int32_t was_stopped;
  uint64_t supervisor_start_ticks;
};

// One task that the holder is the parent of. The keeper reads its record by the serial.
struct Held {
  uint64_t serial;
  int32_t pid;
  int32_t has_exited;
};

struct HolderExited {
  uint64_t serial;
  int32_t pid;
  int32_t unused;
  ExitFacts exit;
};

}  // namespace raw_exec::wire
