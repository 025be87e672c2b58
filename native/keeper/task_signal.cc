#include "task_signal.h"

#include <cerrno>
#include <utility>

#include "keeper_core.h"
#include "messages.h"
#include "process_handle.h"
#include "task.h"
#include "task_note.h"

namespace raw_exec::keeper {

void SignalTask(Keeper* keeper, Task* task, int signal, bool to_group, OnSignalled on_signalled) {
  if (task->HasEnded()) return on_signalled(ESRCH);
  if (task->keeping == Keeping::self) {
    return on_signalled(keeper->waiter->Signal(task->record.serial, signal, to_group));
  }
  if (task->keeping == Keeping::adopted && task->adopted != nullptr) {
    return on_signalled(SignalProcess(task->record.pid, task->adopted->pidfd(), signal, to_group));
  }
  if (!keeper->holder.is_ready() || task->keeping == Keeping::adopted) {
    // It is stopped, out of touch, or not its parent. The task is there all the same.
    const UniqueFd pidfd = OpenProcess({task->record.pid, task->record.start_ticks});
    const int error =
        pidfd ? SignalProcess(task->record.pid, pidfd.get(), signal, to_group) : errno;
    return on_signalled(error);
  }
  const wire::HolderSignal ask = {task->record.serial, signal, to_group ? 1 : 0};
  const uint64_t request = keeper->holder.NextRequest();
  keeper->holder.Ask(
      NewMessage(static_cast<uint16_t>(wire::HolderKind::signal), request).Put(ask).View(), {},
      [keeper, serial = ask.serial, signal, to_group, told = std::move(on_signalled)](
          wire::HolderKind kind, wire::MessageReader* reader) {
        wire::HolderSignalled answer = {};
        if (kind == wire::HolderKind::signalled && reader->Take(&answer)) {
          return told(answer.error);
        }
        // The holder has died over it, or was out of touch. A signal that comes twice is better
        // than one that never comes.
        Task* again = keeper->tasks.Find(serial);
        if (kind != wire::HolderKind{0} || again == nullptr) return told(EIO);
        SignalTask(keeper, again, signal, to_group, told);
      });
}

void NoteStopped(Keeper* keeper, Task* task) {
  if (task->record.was_stopped || task->HasEnded()) return;
  task->record.was_stopped = true;
  // That it could not be written down keeps nobody from stopping it.
  WriteNote(keeper, task, [](int) {});
}

}  // namespace raw_exec::keeper
