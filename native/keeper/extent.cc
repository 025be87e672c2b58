#include "extent.h"

#include "task_table.h"

namespace raw_exec::keeper {

Extent::Extent(const TaskTable& tasks, const Task& task)
    : groups_(task.record), trees_(tasks, task) {}

int Extent::List(MemberList* members) const {
  if (!trees_.Any()) return groups_.List(members);
  trees_.List(members);
  return 0;
}

SignalRound Extent::Signal(int signal) const {
  if (trees_.Any()) return trees_.Signal(signal);
  return SignalMembers(groups_.directories(), signal, MemberList(), 0);
}

}  // namespace raw_exec::keeper
