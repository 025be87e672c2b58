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

struct ReaperEntry {
  TaskEntry task;
  SpawnPlan* plan;  // that of `task`: what only the reaper knows of it is filled in
  const int* kept;  // what the task keeps, and the two below, in ascending order
  int kept_count;
  uint64_t clone_flags;  // of the task's clone
  int cgroup_fd;         // with CLONE_INTO_CGROUP; -1: none
  const char* procs;     // the path by which the child joins that group where the clone cannot
  bool has_clone3;
  int tasks_fd;       // becomes kReaperTasksFd
  const char* mark;   // a file in it, there until the reaper has ended as it should
  const char* path;   // of the executable that goes on with it
  char* const* argv;  // its last argument is written into: room for a pid in decimal
  char* const* envp;
};

inline constexpr int kReaperTasksFd = 3;
inline constexpr int kPidDigits = 12;

// Argument: a ReaperEntry. Becomes the parent and subreaper of a task, in a session of its own:
// clones the task's child, which goes on as RunTaskChild, writes its pid (or minus errno) to the
// plan's hold_fd, and executes the reaper proper (kept_reaper.h). Its child is killed when that
// cannot be.
void RunReaperChild(const void* argument) noexcept;

struct ProgramEntry {
  const char* path;
  char* const* argv;
  char* const* envp;
};

// Argument: a ProgramEntry. In a session of its own, with no signal blocked.
void RunProgramChild(const void* argument) noexcept;

}  // namespace raw_exec
