#include "requests.h"

#include <cerrno>
#include <memory>

#include "keeper_core.h"
#include "messages.h"

namespace raw_exec::keeper {

void Handle(Keeper* keeper, const Request& request) {
  if (request.kind == wire::ClientKind::start) return HandleStart(keeper, request);
  if (!request.fds->empty()) {
    return keeper->server.Refuse(request.asker, EBADMSG, "only a start comes with descriptors");
  }
  switch (request.kind) {
    case wire::ClientKind::signal:
      return HandleSignal(keeper, request);
    case wire::ClientKind::stop:
      return HandleStop(keeper, request);
    case wire::ClientKind::list:
      return HandleList(keeper, request);
    case wire::ClientKind::forget:
      return HandleForget(keeper, request);
    case wire::ClientKind::adopt:
      return HandleAdopt(keeper, request);
    case wire::ClientKind::log_status:
      return HandleLogStatus(keeper, request);
    default:
      keeper->server.Refuse(request.asker, EBADMSG, "there is no such request");
  }
}

Task* TakeTask(Keeper* keeper, const Request& request) {
  std::string_view id;
  request.reader->TakePath(&id, wire::kMaxTaskId);
  if (!request.reader->IsComplete()) {
    keeper->server.Refuse(request.asker, EBADMSG, "the request is not as it should be");
    return nullptr;
  }
  Task* task = keeper->tasks.Find(id);
  if (task != nullptr && task->is_started) return task;
  keeper->server.Fail(request.asker, Because(wire::Reason::unknown_task, ENOENT));
  return nullptr;
}

void HandleLogStatus(Keeper* keeper, const Request& request) {
  const Task* task = TakeTask(keeper, request);
  if (task == nullptr) return;
  // Both streams may be with different pumps: the answer waits for both.
  struct Both {
    wire::LogCounters counters[2] = {};
    int waiting = 2;
  };
  const auto both = std::make_shared<Both>();
  for (int stream = 0; stream < 2; ++stream) {
    keeper->pumps.Ask(
        LogStreamOf(task->record.serial, stream),
        [keeper, both, stream, asker = request.asker](const wire::LogCounters& told) {
          both->counters[stream] = told;
          if (--both->waiting > 0) return;
          keeper->server.Answer(
              asker,
              NewMessage(wire::ClientKind::log_counters, asker.request).Put(both->counters).View());
        });
  }
}

}  // namespace raw_exec::keeper
