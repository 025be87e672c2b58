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
  int32_t pid = -1;
  // A byte written to it is the word to go. It hangs up at execve, or when the child has ended.
  UniqueFd link;
  uint64_t pidfs_inode = 0;
};

class TaskCloner {
 public:
  // What a task's oom_score_adj is when its plan does not say; empty: as ours.
  explicit TaskCloner(std::string oom_score_adj);

  // What has failed, or an `error` of 0. Then the child must be reaped, whatever becomes of it.
  wire::Failed Clone(const StartOrder& order, volatile SpawnReport* report, ClonedTask* task);

 private:
  long CloneChild(const StartOrder& order, SpawnPlan* plan, int32_t* pidfd);

  std::string oom_score_adj_;
  int32_t own_pid_;
  PlanBuffer buffer_;
};

// A failure of the start itself.
wire::Failed SpawnFailure(int positive_errno, int32_t step, int32_t detail = -1, int32_t flags = 0);

}  // namespace raw_exec
