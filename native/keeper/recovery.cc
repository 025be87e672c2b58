#include "recovery.h"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "../core/process_identity.h"
#include "../core/sys.h"
#include "../holder/exit_facts.h"
#include "keeper_core.h"
#include "process_handle.h"
#include "task_logs.h"
#include "task_tree.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kWatchAgainNs = 1'000'000'000;

void WatchAgain(Keeper* keeper);

// It may run all the same, so it is not told to have ended.
void WatchLater(Keeper* keeper, Task* task, int error) {
  task->is_unwatched = true;
  if (keeper->watch_again.is_set()) return;
  keeper->Warn("cannot watch task " + task->record.task_id + " for now: " + std::strerror(error));
  keeper->watch_again.Set(&keeper->loop, kWatchAgainNs, [keeper] { WatchAgain(keeper); });
}

// It says nothing of what was to be read.
bool IsShortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

wire::ExitFacts EndedSomehow(wire::ExitState state, const StartRecord& record) {
  wire::ExitFacts facts = {};
  facts.state = static_cast<int32_t>(state);
  facts.code = -1;
  facts.oom_kills = -1;
  facts.was_stopped = record.was_stopped ? 1 : 0;
  return facts;
}

// The exit of a task that we are not the parent of.
void RecordEnd(Keeper* keeper, Task* task, const wire::ExitFacts& facts) {
  const int error = WriteNewExit(keeper->state.tasks_fd(), {task->record.serial, facts});
  if (error != 0) {
    keeper->Warn("cannot write the exit record of task " + task->record.task_id + ": " +
                 std::strerror(error));
  }
  keeper->OnTaskEnded(task, facts);
}

// A reaper writes down the end of its task by itself.
bool IsRecorded(Keeper* keeper, const Task& task) {
  ExitRecord exit;
  return ReadExit(keeper->state.tasks_fd(), task.record.serial, &exit) == 0;
}

void OnAdoptedEnd(Keeper* keeper, Task* task, bool is_known, int status) {
  if (task->HasEnded()) return;
  if (task->record.is_tree) {
    ExitRecord exit;
    const int error = ReadExit(keeper->state.tasks_fd(), task->record.serial, &exit);
    if (error == 0) return keeper->OnTaskEnded(task, exit.facts);
    if (IsShortage(error)) {
      // Asked again by Find, which passes over what is adopted. The call comes from it.
      keeper->loop.Defer([adopted = std::shared_ptr<AdoptedProcess>(std::move(task->adopted))] {});
      return WatchLater(keeper, task, error);
    }
  }
  // Its reaper has not been able to write, and goes on trying: it is told without the times.
  const bool is_zombie = task->record.is_tree && !is_known &&
                         ReadZombieStatus(task->record.pid, task->adopted->pidfd(), &status);
  wire::ExitFacts facts = EndedSomehow(wire::ExitState::unknown, task->record);
  facts.exited_at_ns = RealtimeNs();
  facts.duration_ns = BoottimeNs() - task->record.started_boottime_ns;
  if (is_known || is_zombie) {
    facts.state = static_cast<int32_t>(wire::ExitState::exited);
    facts.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    facts.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    facts.core_dumped = WIFSIGNALED(status) && WCOREDUMP(status) ? 1 : 0;
  }
  if (is_zombie) return keeper->OnTaskEnded(task, facts);
  RecordEnd(keeper, task, facts);
}

// 0, ESRCH when it is not there any more, or the positive errno of what it takes to watch it.
int Adopt(Keeper* keeper, Task* task) {
  const StartRecord& record = task->record;
  UniqueFd pidfd;
  const auto handed = keeper->handed_pidfds.find(record.serial);
  if (handed != keeper->handed_pidfds.end()) {
    pidfd = std::move(handed->second);
    keeper->handed_pidfds.erase(handed);
  } else {
    pidfd = OpenProcess({record.pid, record.start_ticks});
  }
  if (!pidfd) return errno;
  const uint64_t inode = PidfsInode(pidfd.get());
  if (record.pidfs_inode != 0 && inode != 0 && inode != record.pidfs_inode) return ESRCH;
  task->keeping = Keeping::adopted;
  task->adopted = std::make_unique<AdoptedProcess>();
  AdoptedProcess::IsRecorded is_recorded;
  if (record.is_tree) is_recorded = [keeper, task] { return IsRecorded(keeper, *task); };
  const int error = task->adopted->Start(
      &keeper->loop, std::move(pidfd), std::move(is_recorded),
      [keeper, task](bool is_known, int status) { OnAdoptedEnd(keeper, task, is_known, status); });
  if (error != 0) task->adopted.reset();
  return error;
}

bool IsOfThisBoot(const Keeper& keeper, const StartRecord& record) {
  return std::memcmp(record.boot_id, keeper.boot_id, sizeof(record.boot_id)) == 0;
}

void KeepAsParent(Keeper* keeper, Task* task) {
  const StartRecord& record = task->record;
  task->keeping = Keeping::self;
  WaitedTask waited = WaitedTask::Of(record, FindOomFile(record.v2_group, record.v1_groups));
  waited.is_inherited = true;
  keeper->waiter->Add(std::move(waited));
}

// In this order: what is on disk is exact; a parent learns it exactly; else the kernel may tell.
void Find(Keeper* keeper, Task* task) {
  const StartRecord& record = task->record;
  if (task->adopted != nullptr || task->HasEnded()) return;
  ExitRecord exit;
  const int error = ReadExit(keeper->state.tasks_fd(), record.serial, &exit);
  if (error == 0) return keeper->OnTaskEnded(task, exit.facts);
  if (IsShortage(error)) return WatchLater(keeper, task, error);
  if (!IsOfThisBoot(*keeper, record)) {
    return RecordEnd(keeper, task, EndedSomehow(wire::ExitState::lost, record));
  }
  // A child of ours may have been reaped since, and its number be another child's.
  if (IsUnreapedChild(record.pid, record.start_ticks)) return KeepAsParent(keeper, task);
  const int unwatched = Adopt(keeper, task);
  if (unwatched == 0) return;
  if (unwatched != ESRCH) return WatchLater(keeper, task, unwatched);
  // A reaper may have written it since.
  if (record.is_tree && ReadExit(keeper->state.tasks_fd(), record.serial, &exit) == 0) {
    return keeper->OnTaskEnded(task, exit.facts);
  }
  RecordEnd(keeper, task, EndedSomehow(wire::ExitState::unknown, record));
}

// Whoever lives of keeper and holder: the reaper is the parent of its main process.
void FindTree(Keeper* keeper, Task* task, bool is_just_started = false) {
  if (task->keeping != Keeping::self) task->keeping = Keeping::adopted;
  const int error =
      IsOfThisBoot(*keeper, task->record) ? WatchTree(keeper, task, is_just_started) : 0;
  Find(keeper, task);
  if (error != 0 && !task->is_unwatched) WatchLater(keeper, task, error);
}

void WatchAgain(Keeper* keeper) {
  std::vector<Task*> unwatched;
  for (const auto& [serial, task] : keeper->tasks.all()) {
    if (task->is_unwatched) unwatched.push_back(task.get());
  }
  for (Task* task : unwatched) {
    task->is_unwatched = false;
    if (task->record.is_tree) {
      FindTree(keeper, task);
    } else {
      Find(keeper, task);
    }
  }
}

std::unordered_set<uint64_t> Running(const std::vector<wire::Held>& held) {
  std::unordered_set<uint64_t> running;
  for (const wire::Held& task : held) {
    if (task.has_exited == 0) running.insert(task.serial);
  }
  return running;
}

std::unique_ptr<Task> ReadTask(Keeper* keeper, uint64_t serial) {
  auto task = std::make_unique<Task>();
  const int error = ReadStart(keeper->state.tasks_fd(), serial, &task->record);
  const std::string name = "tasks/" + std::string(TaskPath(serial, "start").get());
  if (error == ENOENT) {
    // A start that nobody has finished: no task without a record.
    const int removed = RemoveTask(keeper->state.tasks_fd(), serial);
    if (removed != 0) keeper->Warn("cannot remove " + name + ": " + std::strerror(removed));
    return nullptr;
  }
  const bool is_usable = error == 0 && (task->record.IsSession() ||
                                        keeper->tasks.Find(task->record.task_id) == nullptr);
  // A supervisor of another boot waits for nothing, and the groups of a command may be somebody
  // else's by now.
  if (is_usable && task->record.IsSession() && !IsOfThisBoot(*keeper, task->record)) {
    const int removed = RemoveTask(keeper->state.tasks_fd(), serial);
    if (removed != 0) keeper->Warn("cannot remove " + name + ": " + std::strerror(removed));
    return nullptr;
  }
  if (is_usable) return task;
  const std::string why = error == 0 ? "there is another task of its id" : std::strerror(error);
  const int aside = SetTaskAside(keeper->state.tasks_fd(), serial);
  keeper->Warn("cannot use the record " + name + " (" + why + "); " +
               (aside == 0 ? "it was renamed to " + name + ".damaged"
                           : "nor rename it: " + std::string(std::strerror(aside))));
  return nullptr;
}

}  // namespace

int RecoverTasks(Keeper* keeper, const std::vector<wire::Held>* held) {
  TaskSerials found;
  const int error = ListTasks(keeper->state.tasks_fd(), &found);
  if (error != 0) return error;
  keeper->tasks.StartAbove(found.highest);
  const std::unordered_set<uint64_t> running =
      held == nullptr ? std::unordered_set<uint64_t>() : Running(*held);
  for (const uint64_t serial : found.serials) {
    std::unique_ptr<Task> read = ReadTask(keeper, serial);
    if (read == nullptr) continue;
    Task* task = keeper->tasks.Add(std::move(read));
    task->is_started = true;
    if (task->record.is_tree) {
      FindTree(keeper, task);
    } else if (held != nullptr && !running.contains(serial)) {
      Find(keeper, task);
    }
    ReopenLogs(keeper, task);
    // A session has to be forgotten for a supervisor that has ended.
    const bool is_seen_to = !task->HasEnded() || task->record.IsSession();
    if (!is_seen_to || task->record.on_supervisor_exit != wire::OnSupervisorExit::kill) continue;
    const ProcessIdentity supervisor = {task->record.supervisor_pid,
                                        task->record.supervisor_start_ticks};
    if (const int unseen = keeper->supervisors.See(supervisor); unseen != 0) {
      keeper->Warn("cannot watch the supervisor of task " + task->record.task_id + ": " +
                   std::strerror(unseen));
    }
  }
  return 0;
}

namespace {

// What the holder alone has seen of the task's start.
bool ReadWhatHolderWrote(Keeper* keeper, Task* task) {
  StartRecord written;
  if (ReadStart(keeper->state.tasks_fd(), task->record.serial, &written) != 0) return false;
  // The table knows the task by the id that stands in its record: that one stays.
  written.task_id.swap(task->record.task_id);
  std::swap(written, task->record);
  return true;
}

}  // namespace

// The record has what nobody else tells: the inodes.
void TakeTree(Keeper* keeper, Task* task) {
  if (!ReadWhatHolderWrote(keeper, task)) {
    std::copy_n(keeper->boot_id, 2, task->record.boot_id);
  }
  FindTree(keeper, task, true);
}

void TakeOver(Keeper* keeper) {
  for (const auto& [serial, task] : keeper->tasks.all()) {
    if (task->keeping != Keeping::holder || task->HasEnded()) continue;
    const bool has_record = ReadWhatHolderWrote(keeper, task.get());
    if (task->is_started) {
      Find(keeper, task.get());
      continue;
    }
    if (!has_record) continue;  // whoever waits for its start is told that there was none
    task->is_started = true;
    if (task->record.is_tree) continue;  // with the answer to its start (TakeTree)
    // Later: that it was started is told first.
    keeper->loop.Defer([keeper, serial = serial] {
      if (Task* started = keeper->tasks.Find(serial); started != nullptr) Find(keeper, started);
    });
  }
  keeper->loop.Defer([keeper] { keeper->waiter->Collect(); });
}

void ResumeLadders(Keeper* keeper, const std::vector<LadderState>& ladders) {
  for (const LadderState& state : ladders) {
    Task* task = keeper->tasks.Find(state.fixed.serial);
    if (task == nullptr) continue;
    task->ladder = std::make_unique<Ladder>(keeper, task, state);
    task->ladder->Resume();
  }
}

bool KeepOrphan(Keeper* keeper, pid_t pid) {
  for (const auto& [serial, task] : keeper->tasks.all()) {
    const bool is_kept = task->keeping == Keeping::self;
    if (is_kept || (task->keeping == Keeping::adopted && !task->record.is_tree)) continue;
    if (task->HasEnded() || (task->is_started && task->record.pid != pid)) continue;
    if (!ReadWhatHolderWrote(keeper, task.get()) || task->record.pid != pid ||
        task->record.start_ticks != StartTicks(pid)) {
      continue;
    }
    task->is_started = true;
    KeepAsParent(keeper, task.get());
    return true;
  }
  return false;
}

void CheckHeld(Keeper* keeper, const std::vector<wire::Held>& held) {
  const std::unordered_set<uint64_t> running = Running(held);
  for (const auto& [serial, task] : keeper->tasks.all()) {
    if (task->keeping != Keeping::holder || task->HasEnded()) continue;
    if (!task->is_started) {
      // With a record it is a task, whether its start could be told or not.
      task->is_started = (task->record.is_tree || running.contains(serial)) &&
                         ReadWhatHolderWrote(keeper, task.get());
    } else if (!running.contains(serial)) {
      Find(keeper, task.get());
    }
  }
}

}  // namespace raw_exec::keeper
