// Waiting until a child that shares no memory with us has reached execve: its end of the report
// pipe closes.
#pragma once

#include "spawn.h"

namespace raw_exec {

// `result` holds the child. Waits for the end of `pipe_fd`; fills the failure in when the report
// has one, kills the child at the deadline. True when nobody writes to the report any more.
bool WaitForExec(int pipe_fd, const volatile SpawnReport* report, int32_t deadline_ms,
                 SpawnResult* result);

}  // namespace raw_exec
