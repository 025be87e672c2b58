#include "task_forget.h"

#include <utility>

#include "keeper_core.h"
#include "messages.h"

namespace raw_exec::keeper {

void ForgetTask(Keeper* keeper, const Task& task, std::function<void(int error)> on_forgotten) {
  const uint64_t serial = task.record.serial;
  const auto finish = [keeper, serial, told = std::move(on_forgotten)](int error) {
    if (error == 0) {
      keeper->waiter->Forget(serial);
      keeper->tasks.Remove(serial);
    }
    told(error);
  };
  // The holder may have become the parent of a tree's main process.
  const bool may_be_held = task.keeping == Keeping::holder || task.record.is_tree;
  if (!may_be_held || !keeper->holder.is_ready()) {
    return finish(RemoveTask(keeper->state.tasks_fd(), serial));
  }
  const uint64_t number = keeper->holder.NextRequest();
  keeper->holder.Ask(
      NewMessage(static_cast<uint16_t>(wire::HolderKind::forget), number)
          .Put(wire::HolderForget{serial})
          .View(),
      {}, [keeper, serial, finish](wire::HolderKind kind, wire::MessageReader* reader) {
        wire::Failed failed = {};
        if (kind == wire::HolderKind::failed && reader->Take(&failed)) return finish(failed.error);
        finish(kind == wire::HolderKind::done ? 0 : RemoveTask(keeper->state.tasks_fd(), serial));
      });
}

void AnswerForget(Keeper* keeper, const Asker& asker, int error) {
  if (error != 0) {
    return keeper->server.Fail(asker, Because(wire::Reason::record, error),
                               "the records cannot be removed");
  }
  keeper->server.Answer(asker, NewMessage(wire::ClientKind::done, asker.request).View());
}

}  // namespace raw_exec::keeper
