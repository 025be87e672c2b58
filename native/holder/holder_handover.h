// What a holder hands over: its lock and its socket, so that nobody can come in between, and all
// that it knows of its tasks, of which some cannot be written down at times.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "../keeper/complaint.h"
#include "../keeper/handover.h"
#include "held_trees.h"
#include "task_waiter.h"

namespace raw_exec {

struct HolderHandover {
  int lock_fd = -1;
  int listener_fd = -1;
  pid_t keeper_pid = -1;      // of the keeper that it has started, while that lives
  std::string oom_score_adj;  // of tasks whose plan does not say
  std::vector<WaitedTask> tasks;
  std::vector<HeldTree> trees;
};

// Its tasks are those of `waiter` and `trees`. A sealed memfd; invalid with errno set.
UniqueFd WriteHolderHandover(const HolderHandover& handover, const TaskWaiter& waiter,
                             const HeldTrees& trees);
keeper::Complaint ReadHolderHandover(int memfd, HolderHandover* handover);

}  // namespace raw_exec
