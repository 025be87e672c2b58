#include "keeper_core.h"

#include <utility>

#include "messages.h"
#include "recovery.h"
#include "sessions.h"
#include "task_logs.h"
#include "warning_log.h"

namespace raw_exec::keeper {
namespace {

// Of a task to everybody, of a session to who has its output.
void TellExited(Server* server, const Task& task) {
  const StartRecord& record = task.record;
  const auto kind =
      record.IsSession() ? wire::ClientKind::session_exited : wire::ClientKind::exited;
  const std::string_view message = NewMessage(kind, 0)
                                       .Put(wire::Exited{record.serial, record.pid, 0, task.exit})
                                       .PutText(record.task_id)
                                       .View();
  if (!record.IsSession()) return server->Tell(message);
  server->Tell({record.supervisor_pid, record.supervisor_start_ticks}, message);
}

}  // namespace

void Keeper::OnTaskEnded(Task* task, const wire::ExitFacts& facts) {
  if (task->HasEnded()) return;
  task->exit = facts;
  TellExited(&server, *task);
  FinishLogs(this, task);
  if (task->ladder != nullptr) task->ladder->OnMainEnded();
  if (task->record.IsSession()) OnSessionEnded(this, *task);
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
  if (task->record.IsSession()) OnSessionEnded(this, *task);
}

// The notice of the end of a dead holder's task may come before that of the holder's. All others
// are the holder itself, pumps, for which there are watches, and what tasks have left behind.
bool Keeper::OnOtherEnd(pid_t pid) { return KeepOrphan(this, pid); }

void Keeper::OnTaskEnd(const WaitedTask& ended, const wire::ExitFacts& facts) {
  if (Task* task = tasks.Find(ended.serial); task != nullptr) OnTaskEnded(task, facts);
}

void Keeper::Warn(const std::string& text) {
  Print({ExitCode::failed, text});
  // Where the file cannot be written standard error has to do.
  (void)AppendWarning(state.fd(), text);
}

}  // namespace raw_exec::keeper
