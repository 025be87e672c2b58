// What a reaper and its supervisor say to each other. Both ends are built from the same sources.
//
// On the control socket (SOCK_SEQPACKET): one ReaperHello and one WireRequest from the supervisor,
// one ReaperStarted back; then ReaperRequests and a ReaperReply for each. When no process of the
// task is left the reaper ends, and with it the socket.
// On the exit pipe: one ReapedExit, when the main process has ended. Its pid stays taken, by a
// zombie, until the supervisor closes the pipe: so a signal to its group cannot meet a stranger.
#pragma once

#include <cstdint>

#include "plan_wire.h"

namespace raw_exec {

// Descriptors of the reaper, given by the one who starts it.
inline constexpr int kReaperSocket = 3;
inline constexpr int kReaperExits = 4;   // write end of the exit pipe
inline constexpr int kReaperReport = 5;  // read end of the report pipe; the plan has the other one

struct ReaperHello {
  uint32_t version;  // kWireVersion
  int32_t supervisor_pid;
  int32_t kills_when_alone;  // everything is killed when the supervisor ends
  int32_t exec_deadline_ms;
};

struct ReaperStarted {
  int32_t pid;     // or -1
  int32_t error;   // positive errno
  int32_t step;    // Step
  int32_t detail;  // as SpawnReport
  int32_t flags;   // FailureFlag
};

struct ReapedExit {
  int32_t code;  // or -1
  int32_t signal;
  int32_t core_dumped;
  int32_t unused;
  int64_t user_cpu_us;
  int64_t system_cpu_us;
  int64_t max_rss_bytes;
};

enum class ReaperVerb : int32_t {
  kill = 1,    // everything, until nothing is left or the deadline has passed
  signal = 2,  // to every process of the task
};

struct ReaperRequest {
  int32_t verb;  // ReaperVerb
  int32_t id;
  int32_t signal;
  int32_t deadline_ms;
};

inline constexpr int kMaxListed = 250;

struct ReaperReply {
  int32_t id;
  int32_t reached;  // how many processes; those of a kill are counted once over all its rounds
  int32_t listed;   // entries that follow: who refused, or has survived a kill
  int32_t unused;
  struct Entry {
    int32_t pid;
    int32_t error;  // errno of the signal; 0: it was sent, and the process is still there
  } entries[kMaxListed];
};
static_assert(sizeof(ReaperReply) <= 4096);

}  // namespace raw_exec
