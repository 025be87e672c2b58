// What the parts of the keeper share: one of each, and the few things that several of them do.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "../holder/task_waiter.h"
#include "event_loop.h"
#include "held_fifos.h"
#include "helper_process.h"
#include "holder_link.h"
#include "log_pumps.h"
#include "server.h"
#include "session_places.h"
#include "state_directory.h"
#include "supervisors.h"
#include "task_table.h"
#include "upgrade.h"

namespace raw_exec::keeper {

class Keeper : public ChildEvents {
 public:
  explicit Keeper(const InheritedLimits& inherited) : limits(inherited), upgrade(this) {}

  // In the order in which they need each other; destroyed the other way round.
  EventLoop loop;
  const InheritedLimits limits;
  StateDirectory state;
  uint64_t boot_id[2] = {};
  std::unique_ptr<TaskWaiter> waiter;  // of the tasks whose parent the keeper has become
  HolderLink holder;
  HeldFifos fifos;  // until the tasks are known
  LogPumps pumps;
  Supervisors supervisors;
  Server server;
  SessionPlaces places;
  std::unordered_map<uint64_t, UniqueFd> handed_pidfds;  // of tasks to be adopted, by serial
  TaskTable tasks;                                       // its tasks use all of the above
  Upgrade upgrade;
  Timer watch_again;  // for tasks that are unwatched

  // The main process of a task has ended: tells all who want to know. What is told a second time is
  // passed over.
  void OnTaskEnded(Task* task, const wire::ExitFacts& facts);

  // Stops it by its own ladder, unless that is under way.
  void StopForSupervisor(Task* task);
  void DropLadder(uint64_t serial);

  // From `waiter`.
  bool OnOtherEnd(pid_t pid) override;
  void OnTaskEnd(const WaitedTask& task, const wire::ExitFacts& facts) override;

  // To whoever reads the keeper's standard error, and to STATE/keeper.log.
  void Warn(const std::string& text);
};

}  // namespace raw_exec::keeper
