// The processes below the reaper of a task that has no groups of its own, and below those of the
// commands beside it (native/holder/kept_reaper.h). The keeper walks through a tree itself: a
// reaper is asked for nothing, so one that its own task has stopped does not save that.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "../core/member_list.h"
#include "../core/member_signal.h"
#include "../core/unique_fd.h"

namespace raw_exec::keeper {

class TaskTable;
struct Task;

class OwnTrees {
 public:
  // No trees at all.
  OwnTrees() = default;
  // Which commands run beside the task is looked up anew each time.
  OwnTrees(const TaskTable& tasks, const Task& task);

  bool Any() const { return tasks_ != nullptr; }
  // A tree has ended when its reaper has, which is the last of it.
  bool AreEmpty() const;
  // A pidfd of its own of a root that is there; invalid: there is none, or errno says why.
  UniqueFd OpenOne() const;

  void List(MemberList* members) const;
  SignalRound Signal(int signal) const;
  // Kills what can be found now. The first round is gentler to the host (kill_walk.h).
  void Kill(bool is_first) const;

 private:
  struct Root {
    pid_t pid;
    int pidfd;       // the task's, open until the root's end is seen to
    bool is_reaper;  // else it has lost that, and is one of the task's processes itself
    pid_t main;      // whose parent the reaper is, if that is the task's own
  };

  std::vector<Root> Roots() const;

  const TaskTable* tasks_ = nullptr;
  uint64_t serial_ = 0;
};

}  // namespace raw_exec::keeper
