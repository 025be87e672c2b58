// The one start that a reaper makes: by the same plan and the same steps as every other start.
#pragma once

#include <cstdint>

#include "../core/reaper_wire.h"

namespace raw_exec {

struct StartedTask {
  ReaperStarted told;
  int32_t pidfd;  // of the main process; -1 when there is none
};

// Receives the hello and the plan, starts the task, and tells the supervisor. False when there was
// nothing to start. Everything of a failed start is gone, but for a child that cannot be killed now
// (kStuck).
bool StartTask(ReaperHello* hello, StartedTask* task);

// CLOCK_MONOTONIC.
int64_t NowNs();

}  // namespace raw_exec
