// All that runs of a task, whatever holds it together: its own groups, or trees below reapers.
// Nothing else is ever signalled, killed or waited for.
#pragma once

#include "../core/member_list.h"
#include "../core/member_signal.h"
#include "own_groups.h"
#include "own_trees.h"

namespace raw_exec::keeper {

class Extent {
 public:
  // Of the groups alone.
  explicit Extent(const StartRecord& record) : groups_(record) {}
  // Sessions in trees of their own belong to the task, as those in groups do.
  Extent(const TaskTable& tasks, const Task& task);

  // False: there is nothing but the main process, and the process group that it leads.
  bool Any() const { return trees_.Any() || groups_.Any(); }
  // False too when that cannot be found out.
  bool IsEmpty() const { return trees_.Any() ? trees_.AreEmpty() : groups_.AreEmpty(); }
  // Whether that it gets empty is an event; else it has to be looked.
  bool TellsEmptiness() const { return trees_.Any() || !groups_.v2().empty(); }

  // 0 or a positive errno; those that were met stand in the list.
  [[nodiscard]] int List(MemberList* members) const;
  // In a tree those that were reached are counted, but only the main process is named (else -1).
  [[nodiscard]] SignalRound Signal(int signal) const;

  const OwnGroups& groups() const { return groups_; }
  const OwnTrees& trees() const { return trees_; }

 private:
  OwnGroups groups_;
  OwnTrees trees_;
};

}  // namespace raw_exec::keeper
