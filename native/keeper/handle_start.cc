// A start, of a task or of a session: its FIFOs, its pumps, then the holder. What fails on the way
// leaves nothing behind.
#include <sys/eventfd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "../core/plan_wire.h"
#include "keeper_core.h"
#include "log_fifo.h"
#include "messages.h"
#include "recovery.h"
#include "requests.h"
#include "sessions.h"
#include "start_request.h"
#include "task_logs.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kNsPerMs = 1'000'000;

struct PendingStart {
  Keeper* keeper = nullptr;
  Asker asker;
  uint64_t serial = 0;
  wire::Start fixed = {};
  std::string texts;
  std::vector<UniqueFd> fds;
  int waiting_logs = 0;
  bool is_over = false;
  Timer logs_deadline;
  std::vector<UniqueFd> reserved;  // of a tree: numbers for what its end is seen by
};

using Pending = std::shared_ptr<PendingStart>;

Task* TaskOf(const Pending& start) { return start->keeper->tasks.Find(start->serial); }

// `is_clean`: the holder has removed the directory of the task already.
void GiveUp(const Pending& start, const wire::Failed& failed, std::string_view text,
            bool is_clean = false) {
  if (start->is_over) return;
  start->is_over = true;
  start->logs_deadline.Cancel();
  Keeper* keeper = start->keeper;
  for (int stream = 0; stream < 2; ++stream) {
    keeper->pumps.Remove(LogStreamOf(start->serial, stream));
  }
  if (!is_clean) {
    const int error = RemoveTask(keeper->state.tasks_fd(), start->serial);
    if (error != 0) keeper->Warn("cannot remove what a failed start has left");
  }
  start->fds.clear();
  start->reserved.clear();
  keeper->server.Fail(start->asker, failed, text);  // the text may be the task's own
  const StartRecord& record = TaskOf(start)->record;
  if (record.IsSession()) keeper->places.RemoveWhenEmpty(record);
  keeper->tasks.Remove(start->serial);
}

void OnStarted(const Pending& start, const wire::Started& started) {
  Task* task = TaskOf(start);
  start->is_over = true;
  task->is_started = true;
  task->record.pid = started.pid;
  task->record.start_ticks = started.start_ticks;
  task->record.started_at_ns = started.started_at_ns;
  if (task->record.is_tree) {
    task->record.reaper_pid = started.reaper_pid;
    task->record.reaper_start_ticks = started.reaper_start_ticks;
  }
  start->keeper->server.Answer(
      start->asker,
      NewMessage(wire::ClientKind::started, start->asker.request).Put(started).View());
  start->reserved.clear();
  if (task->record.is_tree) TakeTree(start->keeper, task);
  if (task->record.on_supervisor_exit != wire::OnSupervisorExit::kill) return;
  // It may have gone while this was under way, and have been told of already.
  const int unseen = start->keeper->supervisors.See(
      {task->record.supervisor_pid, task->record.supervisor_start_ticks});
  if (unseen != 0) start->keeper->Warn("cannot watch the supervisor of a task that was started");
  if (task->record.IsSession()) OnSessionStarted(start->keeper, task);
}

void OnHolderAnswer(const Pending& start, wire::HolderKind kind, wire::MessageReader* reader) {
  const Task* task = TaskOf(start);
  if (kind == wire::HolderKind{0}) {
    // With a record it is a task, whatever the holder died of.
    if (!task->is_started) {
      return GiveUp(start, Because(wire::Reason::no_holder, EAGAIN),
                    "the holder has died before the task had a record");
    }
    const StartRecord& record = task->record;
    return OnStarted(start, {record.serial, record.pid, record.is_tree ? record.reaper_pid : 0,
                             record.start_ticks, record.started_at_ns, record.reaper_start_ticks});
  }
  wire::Started started = {};
  if (kind == wire::HolderKind::started && reader->Take(&started)) {
    return OnStarted(start, started);
  }
  wire::Failed failed = Because(wire::Reason::no_holder, EPROTO);
  std::string_view text;
  if (kind == wire::HolderKind::failed && reader->Take(&failed)) {
    reader->TakeText(&text, wire::kMaxMessage);
  }
  GiveUp(start, failed, text, true);
}

void AskHolder(const Pending& start) {
  start->logs_deadline.Cancel();
  HolderLink& holder = start->keeper->holder;
  if (!holder.is_ready()) {
    return GiveUp(start, Because(wire::Reason::no_holder, EAGAIN), "a holder is being started");
  }
  const StartRecord& record = TaskOf(start)->record;
  wire::HolderStart order = {};
  order.serial = record.serial;
  order.session_of = record.session_of;
  order.supervisor_pid = record.supervisor_pid;
  order.supervisor_start_ticks = record.supervisor_start_ticks;
  order.start = start->fixed;
  const uint64_t request = holder.NextRequest();
  const std::string_view message =
      NewMessage(static_cast<uint16_t>(wire::HolderKind::start), request)
          .Put(order)
          .PutRaw(start->texts)
          .View();
  if (message.empty()) {
    return GiveUp(start, Because(wire::Reason::record, E2BIG), "its texts are too long together");
  }
  holder.Ask(message, std::move(start->fds),
             [start](wire::HolderKind kind, wire::MessageReader* reader) {
               OnHolderAnswer(start, kind, reader);
             });
  start->fds.clear();
}

void OnLogAdded(const Pending& start, int error, wire::PumpRefusal refusal,
                std::string_view entry) {
  if (start->is_over) return;
  if (error != 0) {
    wire::Failed failed = Because(wire::Reason::log, error);
    failed.detail = static_cast<int32_t>(refusal);
    return GiveUp(start, failed, entry);
  }
  if (--start->waiting_logs == 0) AskHolder(start);
}

// False when the start has failed.
bool AddLog(const Pending& start, int stream) {
  Keeper* keeper = start->keeper;
  const LogFiles& files = TaskOf(start)->record.logs[stream];
  LogFifo fifo;
  int error = MakeLogFifo(keeper->state.tasks_fd(), start->serial, stream, files.spec, &fifo);
  if (error != 0) {
    GiveUp(start, Because(wire::Reason::log, error), "the FIFO cannot be made");
    return false;
  }
  start->fds.push_back(std::move(fifo.writer));
  ++start->waiting_logs;
  error = keeper->pumps.Add(LogStreamOf(start->serial, stream), files, std::move(fifo.reader),
                            [start](int failed, wire::PumpRefusal refusal, std::string_view entry) {
                              OnLogAdded(start, failed, refusal, entry);
                            });
  if (error != 0) GiveUp(start, Because(wire::Reason::log, error), files.directory);
  return error == 0;
}

// Both pidfds of a tree, and a look at /proc: a task that runs and cannot be watched would be worse
// than one that is refused. False: there are no more.
bool Reserve(std::vector<UniqueFd>* reserved) {
  constexpr size_t kNeeded = 3;
  for (size_t i = 0; i < kNeeded; ++i) {
    reserved->emplace_back(eventfd(0, EFD_CLOEXEC));
    if (!reserved->back()) return false;
  }
  return true;
}

// False: it has been answered.
bool MayStart(Keeper* keeper, const Asker& asker, const StartRecord& record, const Peer& peer) {
  Server& server = keeper->server;
  if (!record.IsSession() && keeper->tasks.Find(record.task_id) != nullptr) {
    server.Fail(asker, Because(wire::Reason::exists, EEXIST));
    return false;
  }
  if (keeper->upgrade.is_imminent()) {
    server.Fail(asker, Because(wire::Reason::no_holder, EAGAIN), "a newer keeper takes over");
    return false;
  }
  if (!keeper->holder.is_ready()) {
    server.Fail(asker, Because(wire::Reason::no_holder, EAGAIN), "a holder is being started");
    return false;
  }
  if (keeper->holder.IsBusy()) {
    server.Fail(asker, Because(wire::Reason::busy, EAGAIN), "too many starts are under way");
    return false;
  }
  if (record.on_supervisor_exit == wire::OnSupervisorExit::kill) {
    const int error = peer.identity.pid < 0 ? ESRCH : keeper->supervisors.See(peer.identity);
    if (error != 0) {
      server.Fail(asker, Because(wire::Reason::busy, error), "the supervisor cannot be watched");
      return false;
    }
  }
  return true;
}

}  // namespace

void HandleStart(Keeper* keeper, const Request& request) {
  StartRequest read;
  const char* fault = ReadStartRequest(request.reader, *request.fds, &read);
  if (fault != nullptr && read.is_of_another_build) {
    return keeper->server.Fail(request.asker, Because(wire::Reason::protocol, EPROTONOSUPPORT),
                               fault);
  }
  if (fault != nullptr && read.lacks_memory) {
    return keeper->server.Fail(request.asker, Because(wire::Reason::busy, ENOMEM), fault);
  }
  if (fault != nullptr) return keeper->server.Refuse(request.asker, EBADMSG, fault);
  if (request.kind == wire::ClientKind::exec) {
    read.record.session_of = FindTaskBeside(keeper, request.asker, read.record);
    if (!read.record.IsSession()) return;
  }
  if (!MayStart(keeper, request.asker, read.record, *request.peer)) return;
  const auto start = std::make_shared<PendingStart>();
  if (read.record.is_tree && !Reserve(&start->reserved)) {
    return keeper->server.Fail(request.asker, Because(wire::Reason::busy, errno),
                               "no descriptors are left to watch the task by");
  }
  start->keeper = keeper;
  start->asker = request.asker;
  start->serial = keeper->tasks.NextSerial();
  start->fixed = read.fixed;
  start->texts = read.texts;
  start->fds = std::move(*request.fds);
  auto task = std::make_unique<Task>();
  task->record = std::move(read.record);
  task->record.serial = start->serial;
  task->record.supervisor_pid = request.peer->identity.pid;
  task->record.supervisor_start_ticks = request.peer->identity.start_ticks;
  keeper->tasks.Add(std::move(task));
  for (int stream = 0; stream < 2; ++stream) {
    if (start->fixed.logs[stream].is_on == 0) continue;
    if (!AddLog(start, stream)) return;
  }
  if (start->waiting_logs == 0) return AskHolder(start);
  // A pump waits for one before it that is still inside a write.
  start->logs_deadline.Set(
      &keeper->loop, static_cast<uint64_t>(start->fixed.exec_deadline_ms) * kNsPerMs, [start] {
        GiveUp(start, Because(wire::Reason::log, ETIMEDOUT), "the log's pump does not answer");
      });
}

}  // namespace raw_exec::keeper
