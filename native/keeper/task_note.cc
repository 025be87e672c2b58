#include "task_note.h"

#include <cerrno>
#include <utility>

#include "keeper_core.h"
#include "messages.h"
#include "task.h"

namespace raw_exec::keeper {

// The holder has its own copy of what was asked for, which the exit record is made from: so it
// writes for the tasks that it holds.
void WriteNote(Keeper* keeper, Task* task, std::function<void(int error)> on_written) {
  const StartRecord& record = task->record;
  if (task->keeping != Keeping::holder || !keeper->holder.is_ready()) {
    if (WaitedTask* waited = keeper->waiter->Find(record.serial); waited != nullptr) {
      waited->was_stopped = record.was_stopped;
    }
    return on_written(WriteStart(keeper->state.tasks_fd(), record));
  }
  wire::HolderNote note = {};
  note.serial = record.serial;
  note.supervisor_pid = record.supervisor_pid;
  note.was_stopped = record.was_stopped ? 1 : 0;
  note.supervisor_start_ticks = record.supervisor_start_ticks;
  const uint64_t request = keeper->holder.NextRequest();
  keeper->holder.Ask(NewMessage(static_cast<uint16_t>(wire::HolderKind::note), request)
                         .Put(note)
                         .PutText(record.attachment)
                         .View(),
                     {},
                     [keeper, serial = record.serial, written = std::move(on_written)](
                         wire::HolderKind kind, wire::MessageReader* reader) {
                       if (kind == wire::HolderKind::done) return written(0);
                       Task* again = keeper->tasks.Find(serial);
                       if (kind == wire::HolderKind{0} && again != nullptr) {
                         return WriteNote(keeper, again, written);
                       }
                       wire::Failed failed = {};
                       if (kind == wire::HolderKind::failed && reader->Take(&failed)) {
                         return written(failed.error);
                       }
                       written(EIO);
                     });
}

}  // namespace raw_exec::keeper
