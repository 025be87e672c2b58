#include "keeper_core.h"

#include <utility>

#include "messages.h"
#include "recovery.h"
#include "task_logs.h"

namespace raw_exec::keeper {

void Keeper::OnTaskEnded(Task* task, const wire::ExitFacts& facts) {
  if (task->HasEnded()) return;
  task->exit = facts;
  const wire::Exited exited = {task->record.serial, task->record.pid, 0, facts};
  server.Tell(
      NewMessage(wire::ClientKind::exited, 0).Put(exited).PutText(task->record.task_id).View());
  FinishLogs(this, task);
  if (task->ladder != nullptr) task->ladder->OnMainEnded();
  loop.Defer([this, serial = task->record.serial] {
    if (Task* ended = tasks.Find(serial); ended != nullptr) ended->adopted.reset();
  });
}

void Keeper::StopForSupervisor(Task* task) {
  if (task->ladder != nullptr) return;
  task->ladder = std::make_unique<Ladder>(this, task, task->record.steps, kDefaultKillGraceMs);
  task->ladder->Begin();
}

// At once for the task, whose next request may be in this same turn; the ladder itself is still on
// the stack.
void Keeper::DropLadder(uint64_t serial) {
  Task* task = tasks.Find(serial);
  if (task == nullptr) return;
  const std::shared_ptr<Ladder> finished(std::move(task->ladder));
  loop.Defer([finished] {});
}

// The notice of the end of a dead holder's task may come before that of the holder's. All others
// are the holder itself, pumps, for which there are watches, and what tasks have left behind.
bool Keeper::OnOtherEnd(pid_t pid) { return KeepOrphan(this, pid); }

void Keeper::OnTaskEnd(const WaitedTask& ended, const wire::ExitFacts& facts) {
  if (Task* task = tasks.Find(ended.serial); task != nullptr) OnTaskEnded(task, facts);
}

void Keeper::Warn(const std::string& text) { Print({ExitCode::failed, text}); }

}  // namespace raw_exec::keeper
