#include "task_logs.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "keeper_core.h"
#include "log_fifo.h"

namespace raw_exec::keeper {
namespace {

bool HasLog(const Task& task) {
  return task.record.logs[0].spec.is_on != 0 || task.record.logs[1].spec.is_on != 0;
}

void Finish(Keeper* keeper, uint64_t serial) {
  for (int stream = 0; stream < 2; ++stream) keeper->pumps.Finish(LogStreamOf(serial, stream));
}

}  // namespace

void ReopenLogs(Keeper* keeper, Task* task) {
  const StartRecord& record = task->record;
  for (int stream = 0; stream < 2; ++stream) {
    const LogFiles& files = record.logs[stream];
    if (files.spec.is_on == 0) continue;
    UniqueFd reader = keeper->fifos.Take(record.serial, stream);
    const int error = ReopenLogFifo(keeper->state.tasks_fd(), record.serial, stream, &reader);
    if (error == ENOENT) continue;
    if (error != 0) {
      keeper->Warn("cannot go on with a log of task " + record.task_id + " in " + files.directory +
                   ": " + std::strerror(error));
      continue;
    }
    keeper->pumps.Reopen(LogStreamOf(record.serial, stream), files, std::move(reader));
  }
  if (task->HasEnded()) FinishLogs(keeper, task);
}

// The end of all writers is an event to the pump. Somebody else may have the FIFO open though, so
// when nothing is known to run of the task any more it is told that what is in the pipe is the
// rest. Version 1 would have to be asked again and again: there the writers' end has to do.
void FinishLogs(Keeper* keeper, Task* task) {
  if (!HasLog(*task)) return;
  auto end = std::make_unique<LogsEnd>(keeper->tasks, *task);
  if (!end->extent.Any()) return;
  const uint64_t serial = task->record.serial;
  if (end->extent.IsEmpty()) return Finish(keeper, serial);
  if (!end->extent.TellsEmptiness()) return;
  task->logs_end = std::move(end);
  task->logs_end->empty.Start(&keeper->loop, task->logs_end->extent, [keeper, serial] {
    Finish(keeper, serial);
    keeper->loop.Defer([keeper, serial] {
      if (Task* ended = keeper->tasks.Find(serial); ended != nullptr) ended->logs_end.reset();
    });
  });
}

void OnLogEnded(Keeper* keeper, uint64_t stream) {
  RemoveLogFifo(keeper->state.tasks_fd(), stream / 2, static_cast<int>(stream % 2));
}

}  // namespace raw_exec::keeper
