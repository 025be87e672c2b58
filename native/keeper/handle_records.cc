// What is known of tasks: told, given to another supervisor, changed, forgotten.
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "extent.h"
#include "keeper_core.h"
#include "messages.h"
#include "requests.h"
#include "sessions.h"
#include "task_forget.h"
#include "task_note.h"

namespace raw_exec::keeper {
namespace {

bool IsPopulated(const Keeper& keeper, const Task& task) {
  return !task.HasEnded() || !Extent(keeper.tasks, task).IsEmpty();
}

bool HasReaper(const Task& task) {
  return !task.roots.empty() && task.roots.front()->pid() == task.record.reaper_pid;
}

void Put(const Keeper& keeper, const Task& task, wire::MessageWriter* message) {
  const StartRecord& record = task.record;
  wire::TaskInfo info = {};
  info.serial = record.serial;
  info.session_of = record.session_of;
  info.pid = record.pid;
  info.v1_count = static_cast<int32_t>(record.v1_groups.size());
  info.start_ticks = record.start_ticks;
  info.started_at_ns = record.started_at_ns;
  info.on_supervisor_exit = static_cast<int32_t>(record.on_supervisor_exit);
  info.is_populated = IsPopulated(keeper, task) ? 1 : 0;
  info.reaper_pid = HasReaper(task) ? record.reaper_pid : 0;
  info.exit = task.exit;
  message->Put(info).PutText(record.task_id).PutText(record.v2_group);
  for (const V1Group& group : record.v1_groups) {
    message->PutText(group.controller).PutText(group.directory);
  }
  message->PutText(record.attachment);
}

size_t SizeOf(const Task& task) {
  const StartRecord& record = task.record;
  size_t size = sizeof(wire::TaskInfo);
  const auto add = [&size](const std::string& text) { size += sizeof(uint32_t) + text.size(); };
  add(record.task_id);
  add(record.v2_group);
  for (const V1Group& group : record.v1_groups) {
    add(group.controller);
    add(group.directory);
  }
  add(record.attachment);
  return size;
}

}  // namespace

void HandleList(Keeper* keeper, const Request& request) {
  wire::List list = {};
  request.reader->Take(&list);
  if (!request.reader->IsComplete()) {
    return keeper->server.Refuse(request.asker, EBADMSG, "list is not as it should be");
  }
  const TaskTable::Map& all = keeper->tasks.all();
  const auto first = all.upper_bound(list.after);
  wire::Tasks page = {0, 1};
  size_t size = sizeof(wire::Frame) + sizeof(page);
  auto end = first;
  for (; end != all.end(); ++end) {
    if (!end->second->is_started) continue;
    size += SizeOf(*end->second);
    if (size > wire::kMaxMessage) break;
    ++page.count;
  }
  page.is_last = end == all.end() ? 1 : 0;
  wire::MessageWriter message = NewMessage(wire::ClientKind::tasks, request.asker.request);
  message.Put(page);
  for (auto at = first; at != end; ++at) {
    if (at->second->is_started) Put(*keeper, *at->second, &message);
  }
  keeper->server.Answer(request.asker, message.View());
}

void HandleAdopt(Keeper* keeper, const Request& request) {
  Task* task = TakeTask(keeper, request);
  if (task == nullptr) return;
  const ProcessIdentity& supervisor = request.peer->identity;
  const bool is_killed = task->record.on_supervisor_exit == wire::OnSupervisorExit::kill;
  if (is_killed && !task->HasEnded()) {
    const int error = supervisor.pid < 0 ? ESRCH : keeper->supervisors.See(supervisor);
    if (error != 0) {
      return keeper->server.Fail(request.asker, Because(wire::Reason::busy, error),
                                 "the supervisor cannot be watched");
    }
  }
  task->record.supervisor_pid = supervisor.pid;
  task->record.supervisor_start_ticks = supervisor.start_ticks;
  const auto answer = [keeper, asker = request.asker, serial = task->record.serial](int error) {
    const Task* adopted = keeper->tasks.Find(serial);
    if (adopted == nullptr) {
      return keeper->server.Fail(asker, Because(wire::Reason::unknown_task, ENOENT));
    }
    if (error != 0) {
      return keeper->server.Fail(asker, Because(wire::Reason::record, error),
                                 "its record cannot be written");
    }
    wire::MessageWriter message = NewMessage(wire::ClientKind::task, asker.request);
    Put(*keeper, *adopted, &message);
    keeper->server.Answer(asker, message.View());
  };
  // Who supervises is of no consequence for what has ended, and for what goes on without: then the
  // record stays as it is. To replace a file may make its file system write to the disk.
  if (task->HasEnded() || !is_killed) return answer(0);
  WriteNote(keeper, task, answer);
}

// What is said counts at once, whether it can be written or not: whatever is noted of the task next
// is written with it.
void HandleDescribe(Keeper* keeper, const Request& request) {
  std::string_view attachment;
  request.reader->TakeText(&attachment, wire::kMaxAttachment);
  Task* task = TakeTask(keeper, request);
  if (task == nullptr) return;
  task->record.attachment.assign(attachment);
  WriteNote(keeper, task, [keeper, asker = request.asker](int error) {
    if (error != 0) {
      return keeper->server.Fail(asker, Because(wire::Reason::record, error),
                                 "its record cannot be written");
    }
    keeper->server.Answer(asker, NewMessage(wire::ClientKind::done, asker.request).View());
  });
}

void HandleForget(Keeper* keeper, const Request& request) {
  Task* task = TakeTask(keeper, request);
  if (task == nullptr) return;
  if (IsPopulated(*keeper, *task) || task->ladder != nullptr) {
    return keeper->server.Fail(request.asker, Because(wire::Reason::still_populated, EBUSY));
  }
  DropSessions(keeper, task->record.serial);
  ForgetTask(keeper, *task,
             [keeper, asker = request.asker](int error) { AnswerForget(keeper, asker, error); });
}

}  // namespace raw_exec::keeper
