#include "requests.h"

#include <cerrno>
#include <memory>

#include "keeper_core.h"
#include "messages.h"
#include "sessions.h"

namespace raw_exec::keeper {

void Handle(Keeper* keeper, const Request& request) {
  if (request.kind == wire::ClientKind::start || request.kind == wire::ClientKind::exec) {
    return HandleStart(keeper, request);
  }
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
    case wire::ClientKind::forget_session:
      return HandleForgetSession(keeper, request);
    case wire::ClientKind::adopt:
      return HandleAdopt(keeper, request);
    case wire::ClientKind::describe:
      return HandleDescribe(keeper, request);
    case wire::ClientKind::upgrade:
      return HandleUpgrade(keeper, request);
    case wire::ClientKind::log_status:
      return HandleLogStatus(keeper, request);
    default:
      keeper->server.Refuse(request.asker, EBADMSG, "there is no such request");
  }
}

Task* TakeTask(Keeper* keeper, const Request& request, uint64_t session) {
  std::string_view id;
  request.reader->TakePath(&id, wire::kMaxTaskId);
  if (!request.reader->IsComplete()) {
    keeper->server.Refuse(request.asker, EBADMSG, "the request is not as it should be");
    return nullptr;
  }
  Task* task = session == 0 ? keeper->tasks.Find(id) : keeper->tasks.Find(session);
  const bool is_it = task != nullptr && task->is_started && task->record.task_id == id &&
                     task->record.IsSession() == (session != 0);
  if (is_it) return task;
  keeper->server.Fail(request.asker, Because(wire::Reason::unknown_task, ENOENT));
  return nullptr;
}

void HandleUpgrade(Keeper* keeper, const Request& request) {
  wire::Upgrade upgrade = {};
  std::string_view path;
  const bool is_whole = request.reader->Take(&upgrade) && request.reader->TakePath(&path) &&
                        request.reader->IsComplete() && upgrade.magic == wire::kMagic &&
                        path.starts_with('/');
  if (!is_whole) {
    return keeper->server.Refuse(request.asker, EBADMSG, "upgrade is not as it should be");
  }
  keeper->upgrade.Begin(request.asker, upgrade.protocol, std::string(path));
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
