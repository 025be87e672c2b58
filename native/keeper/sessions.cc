#include "sessions.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "extent.h"
#include "keeper_core.h"
#include "messages.h"
#include "requests.h"
#include "task_forget.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kEndingNs = 200'000'000;

bool CanRunBeside(const Task* task) {
  return task != nullptr && task->is_started && !task->HasEnded() && task->ladder == nullptr;
}

bool IsDirectlyBelow(std::string_view parent, std::string_view group) {
  return group.size() > parent.size() + 1 && group.starts_with(parent) &&
         group[parent.size()] == '/' &&
         group.find('/', parent.size() + 1) == std::string_view::npos &&
         group.substr(parent.size() + 1) != "." && group.substr(parent.size() + 1) != "..";
}

// What is stopped with the task has to be in its groups.
const char* CheckSession(const StartRecord& session, const StartRecord& task) {
  if (session.on_supervisor_exit != wire::OnSupervisorExit::kill) {
    return "exec: a session ends with its supervisor";
  }
  if (session.logs[0].spec.is_on != 0 || session.logs[1].spec.is_on != 0) {
    return "exec: a session has no logs";
  }
  if (session.is_tree != task.is_tree) return "exec: a session is a tree when its task is one";
  // By its attachment a supervisor knows again what has no groups.
  if (session.is_tree) return nullptr;
  if (!session.attachment.empty()) return "exec: a session in groups has no attachment";
  if (session.v2_group.empty() != task.v2_group.empty() ||
      (!task.v2_group.empty() && !IsDirectlyBelow(task.v2_group, session.v2_group))) {
    return "exec: the v2 group is not directly below that of the task";
  }
  const bool is_below = std::all_of(
      session.v1_groups.begin(), session.v1_groups.end(), [&task](const V1Group& group) {
        return std::any_of(task.v1_groups.begin(), task.v1_groups.end(),
                           [&group](const V1Group& parent) {
                             return IsDirectlyBelow(parent.directory, group.directory);
                           });
      });
  return is_below ? nullptr : "exec: a v1 group is not directly below one of the task";
}

bool HasCommandEnded(const Task& session) {
  return session.HasEnded() && session.ladder == nullptr;
}

// Nothing of it has to be known any more.
bool IsOver(const Task& session) {
  return HasCommandEnded(session) && session.roots.empty() && !session.is_unwatched;
}

// It was forgotten, but for what it has left in its tree.
bool IsLeft(const Task& session) {
  return session.record.on_supervisor_exit == wire::OnSupervisorExit::keep;
}

// So that later keepers leave it alone when its supervisor ends.
void NoteLeft(Keeper* keeper, const Task& session) {
  const int error = WriteStart(keeper->state.tasks_fd(), session.record);
  if (error == 0) return;
  keeper->Warn("cannot write down what a session of task " + session.record.task_id +
               " has left: " + std::strerror(error));
}

void Drop(Keeper* keeper, uint64_t serial) {
  const Task* session = keeper->tasks.Find(serial);
  if (session == nullptr || !IsOver(*session)) return;
  ForgetTask(keeper, *session, [keeper, serial](int error) {
    if (error == 0) return;
    keeper->Warn("cannot remove the records of session " + std::to_string(serial) + ": " +
                 std::strerror(error));
  });
}

// Whoever tells may be in the midst of all tasks.
void DropLater(Keeper* keeper, uint64_t serial) {
  keeper->loop.Defer([keeper, serial] { Drop(keeper, serial); });
}

}  // namespace

uint64_t FindTaskBeside(Keeper* keeper, const Asker& asker, const StartRecord& session) {
  const Task* task = keeper->tasks.Find(session.task_id);
  if (task == nullptr || !task->is_started) {
    keeper->server.Fail(asker, Because(wire::Reason::unknown_task, ENOENT));
    return 0;
  }
  if (const char* fault = CheckSession(session, task->record); fault != nullptr) {
    keeper->server.Refuse(asker, EBADMSG, fault);
    return 0;
  }
  if (!CanRunBeside(task)) {
    keeper->server.Fail(asker, Because(wire::Reason::not_running, ESRCH));
    return 0;
  }
  return task->record.serial;
}

void OnSessionStarted(Keeper* keeper, Task* session) {
  if (CanRunBeside(keeper->tasks.Find(session->record.session_of)) || session->HasEnded()) return;
  session->ladder =
      std::make_unique<Ladder>(keeper, session, std::vector<wire::Step>(), kDefaultKillGraceMs);
  session->ladder->Begin();
}

void OnSessionEnded(Keeper* keeper, const Task& session) {
  if (!IsOver(session)) return;
  keeper->places.RemoveWhenEmpty(session.record);
  if (session.is_orphaned || IsLeft(session)) DropLater(keeper, session.record.serial);
}

void OnTreeEnded(Keeper* keeper, Task* task) {
  if (task->record.IsSession()) OnSessionEnded(keeper, *task);
}

void DropSessions(Keeper* keeper, uint64_t task_serial) {
  for (const Task* session : keeper->tasks.SessionsOf(task_serial)) {
    if (IsOver(*session)) DropLater(keeper, session->record.serial);
  }
}

void OnSessionOrphaned(Keeper* keeper, Task* session) {
  session->is_orphaned = true;
  if (IsOver(*session) && Extent(keeper->tasks, *session).IsEmpty()) {
    return OnSessionEnded(keeper, *session);
  }
  keeper->StopForSupervisor(session);
}

void HandleForgetSession(Keeper* keeper, const Request& request) {
  wire::ForgetSession forget = {};
  request.reader->Take(&forget);
  Task* session = TakeTask(keeper, request, forget.session);
  if (session == nullptr) return;
  if (!session->record.IsSession() || !HasCommandEnded(*session)) {
    return keeper->server.Fail(request.asker, Because(wire::Reason::still_populated, EBUSY));
  }
  if (!IsOver(*session)) {
    session->record.on_supervisor_exit = wire::OnSupervisorExit::keep;
    // As a rule its reaper is just about to end.
    session->left.Set(&keeper->loop, kEndingNs, [keeper, session] { NoteLeft(keeper, *session); });
    return AnswerForget(keeper, request.asker, 0);
  }
  keeper->places.RemoveWhenEmpty(session->record);
  ForgetTask(keeper, *session,
             [keeper, asker = request.asker](int error) { AnswerForget(keeper, asker, error); });
}

}  // namespace raw_exec::keeper
