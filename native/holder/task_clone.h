// Makes the process of a task, up to the point where it waits for its word to go.
#pragma once

#include <cstdint>
#include <string>

#include "../core/spawn_plan.h"
#include "../core/unique_fd.h"
#include "plan_buffer.h"
#include "start_order.h"

namespace raw_exec {

struct ClonedTask {
  int32_t pid = -1;  // of a tree: of its reaper
  uint64_t start_ticks = 0;
  uint64_t pidfs_inode = 0;
  int64_t started_boottime_ns = 0;
};

class TaskCloner {
 public:
  // What a task's oom_score_adj is when its plan does not say; empty: as ours. `state`: the path of
  // the state directory, of which `tasks_fd` is STATE/tasks.
  TaskCloner(std::string oom_score_adj, std::string state, int tasks_fd);

  // Both tell what has failed, or an `error` of 0.

  // A byte written to `link` will be the word to go. It hangs up at execve, or when the child has
  // ended. Of a tree the reaper writes the child's pid to it before, as an int32_t, or minus errno.
  wire::Failed Prepare(const StartOrder& order, volatile SpawnReport* report, UniqueFd* link);
  // Of the order that was prepared last. The child must be reaped, whatever becomes of it.
  wire::Failed Clone(const StartOrder& order, ClonedTask* task);

 private:
  long CloneChild(const StartOrder& order, int32_t* pidfd);
  long CloneReaper(const StartOrder& order, int32_t* pidfd);

  std::string oom_score_adj_;
  std::string state_;
  int tasks_fd_;
  int32_t own_pid_;
  PlanBuffer buffer_;
  SpawnPlan* plan_ = nullptr;  // in the buffer
  UniqueFd child_end_;
};

// A failure of the start itself.
wire::Failed SpawnFailure(int positive_errno, int32_t step, int32_t detail = -1, int32_t flags = 0);

}  // namespace raw_exec
