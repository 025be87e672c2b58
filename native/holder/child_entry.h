// What children of the holder do first. System calls only, though they have a copy of our memory:
// nothing of it is theirs to use.
//
// A child between clone and execve has a copy of each of our descriptors too, and may stay there
// long (a FIFO that nobody writes to). With the lock's the state directory would stay locked after
// the holder's death; with a socket's nobody would see that death. So it first lets go of them.
#pragma once

#include "../core/spawn_plan.h"

namespace raw_exec {

struct TaskEntry {
  const SpawnPlan* plan;
  const int* kept;  // descriptors that the plan needs, its hold_fd too, in ascending order
  int kept_count;
};

// Argument: a TaskEntry. Waits on the plan's hold_fd for the one byte that says that the task's
// record is on disk; without it there is no trace of this child.
void RunTaskChild(const void* argument) noexcept;

struct ProgramEntry {
  const char* path;
  char* const* argv;
  char* const* envp;
};

// Argument: a ProgramEntry. In a session of its own, with no signal blocked.
void RunProgramChild(const void* argument) noexcept;

}  // namespace raw_exec
