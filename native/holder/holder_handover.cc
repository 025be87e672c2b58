#include "holder_handover.h"

#include <string_view>
#include <utility>

namespace raw_exec {
namespace {

struct Fixed {
  int32_t lock_fd;
  int32_t listener_fd;
  int32_t keeper_pid;
  int32_t unused;
  uint64_t task_count;
};

struct HandedTask {
  uint64_t serial;
  int32_t pid;
  int32_t was_stopped;
  int32_t has_ended;
  int32_t is_inherited;
  int32_t is_unrecorded;
  int32_t unused;
  int64_t started_boottime_ns;
  int64_t oom_kills_at_start;
  wire::ExitFacts unrecorded;
};

// Before the task that it is about. Holders up to protocol 3 have none, nor the number of them.
struct HandedTree {
  uint64_t start_ticks;
  int32_t reaper_pid;
  int32_t unused;
};

bool TakeTask(wire::MessageReader* reader, WaitedTask* task) {
  HandedTask handed = {};
  std::string_view oom_file;
  if (!reader->Take(&handed) || !reader->TakePath(&oom_file)) return false;
  task->serial = handed.serial;
  task->pid = handed.pid;
  task->was_stopped = handed.was_stopped != 0;
  task->has_ended = handed.has_ended != 0;
  task->is_inherited = handed.is_inherited != 0;
  task->started_boottime_ns = handed.started_boottime_ns;
  task->oom_kills_at_start = handed.oom_kills_at_start;
  task->oom_file = oom_file;
  if (handed.is_unrecorded != 0) {
    task->unrecorded = std::make_unique<wire::ExitFacts>(handed.unrecorded);
  }
  return true;
}

HandedTask Handed(const WaitedTask& task) {
  HandedTask handed = {};
  handed.serial = task.serial;
  handed.pid = task.pid;
  handed.was_stopped = task.was_stopped ? 1 : 0;
  handed.has_ended = task.has_ended ? 1 : 0;
  handed.is_inherited = task.is_inherited ? 1 : 0;
  handed.started_boottime_ns = task.started_boottime_ns;
  handed.oom_kills_at_start = task.oom_kills_at_start;
  if (task.unrecorded != nullptr) {
    handed.is_unrecorded = 1;
    handed.unrecorded = *task.unrecorded;
  }
  return handed;
}

}  // namespace

UniqueFd WriteHolderHandover(const HolderHandover& handover, const TaskWaiter& waiter,
                             const HeldTrees& trees) {
  keeper::HandoverWriter writer(keeper::HandoverPart::holder);
  writer.Put(
      Fixed{handover.lock_fd, handover.listener_fd, handover.keeper_pid, 0, waiter.tasks().size()});
  writer.PutText(handover.oom_score_adj);
  for (const auto& [serial, task] : waiter.tasks()) {
    writer.Put(Handed(task)).PutText(task.oom_file);
  }
  writer.Put(static_cast<uint64_t>(trees.all().size()));
  for (const auto& [reaper_pid, tree] : trees.all()) {
    writer.Put(HandedTree{tree.start_ticks, reaper_pid, 0}).Put(Handed(tree.task)).PutText("");
  }
  return writer.Finish();
}

keeper::Complaint ReadHolderHandover(int memfd, HolderHandover* handover) {
  using keeper::Complaint;
  std::string bytes;
  wire::MessageReader reader(nullptr, 0);
  if (Complaint bad = ReadHandover(memfd, keeper::HandoverPart::holder, &bytes, &reader)) {
    return bad;
  }
  Fixed fixed = {};
  std::string_view oom_score_adj;
  reader.Take(&fixed);
  reader.TakePath(&oom_score_adj);
  for (uint64_t i = 0; i < fixed.task_count && reader.is_good(); ++i) {
    WaitedTask task;
    if (TakeTask(&reader, &task)) handover->tasks.push_back(std::move(task));
  }
  uint64_t tree_count = 0;
  if (!reader.IsComplete()) reader.Take(&tree_count);
  for (uint64_t i = 0; i < tree_count && reader.is_good(); ++i) {
    HandedTree handed = {};
    HeldTree tree;
    if (!reader.Take(&handed) || !TakeTask(&reader, &tree.task)) break;
    tree.start_ticks = handed.start_ticks;
    tree.reaper_pid = handed.reaper_pid;
    handover->trees.push_back(std::move(tree));
  }
  if (!reader.IsComplete()) {
    return keeper::UnreadableHandover("it is not as long as it should be");
  }
  handover->lock_fd = fixed.lock_fd;
  handover->listener_fd = fixed.listener_fd;
  handover->keeper_pid = fixed.keeper_pid;
  handover->oom_score_adj = oom_score_adj;
  return {};
}

}  // namespace raw_exec
