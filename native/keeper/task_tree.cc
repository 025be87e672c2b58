#include "task_tree.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../core/process_identity.h"
#include "../core/process_tree.h"
#include "../holder/kept_reaper.h"
#include "keeper_core.h"
#include "sessions.h"

namespace raw_exec::keeper {
namespace {

constexpr int kMostRounds = 16;

int32_t tree[kMaxTree];  // touched only when a reaper was killed

struct Search {
  pid_t session;
  std::vector<TreeProcess> found;
};

void AddOfSession(void* context, const TreeProcess& process) {
  Search* search = static_cast<Search*>(context);
  if (!process.is_dead && process.session == search->session) search->found.push_back(process);
}

// Of the session that the reaper led. Its number is nobody else's while a process is in it, but
// they may all have gone, and the reaper may have been reaped since. So nobody is taken for one of
// them while another process has the number, and none that is not where the reaper's orphans are:
// below the holder, or below us.
std::vector<TreeProcess> ListSession(Keeper* keeper, const StartRecord& record) {
  Search search = {record.reaper_pid, {}};
  for (const pid_t root : {getpid(), keeper->holder.pid()}) {
    if (root <= 0) continue;
    const int visited = VisitTree(root, tree, AddOfSession, &search);
    if (visited >= 0 || visited == -ENOENT) continue;
    keeper->Warn("cannot look for what the reaper of task " + record.task_id +
                 " has left: " + std::strerror(-visited));
  }
  TreeProcess leader = {};
  const bool is_taken =
      LookAt(record.reaper_pid, &leader) && leader.start_ticks != record.reaper_start_ticks;
  return is_taken ? std::vector<TreeProcess>() : search.found;
}

bool IsMarked(const Keeper& keeper, uint64_t serial) {
  return faccessat(keeper.state.tasks_fd(), TaskPath(serial, kReaperMark).get(), F_OK, 0) == 0;
}

// 0 or a positive errno.
int WatchRoot(Keeper* keeper, Task* task, pid_t pid, UniqueFd pidfd);

bool IsWatched(const Task& task, pid_t pid) {
  return std::any_of(
      task.roots.begin(), task.roots.end(),
      [pid](const std::unique_ptr<WatchedProcess>& root) { return root->pid() == pid; });
}

// Who forks and ends before it can be watched has its child in the same group, which lies within
// the session: so the groups are killed first, which no fork escapes.
void WatchSession(Keeper* keeper, Task* task) {
  const pid_t main = task->record.pid;  // watched already
  for (int round = 0; round < kMostRounds && task->roots.empty(); ++round) {
    const std::vector<TreeProcess> session = ListSession(keeper, task->record);
    if (session.empty()) return;
    for (const TreeProcess& left : session) {
      if (left.group > 1) kill(-left.group, SIGKILL);
    }
    for (const TreeProcess& left : session) {
      if (left.pid == main || IsWatched(*task, left.pid)) continue;
      UniqueFd pidfd = OpenProcess({left.pid, left.start_ticks});
      int error = pidfd ? 0 : errno;
      if (pidfd) error = WatchRoot(keeper, task, left.pid, std::move(pidfd));
      if (error == 0 || error == ESRCH) continue;
      keeper->Warn("cannot end process " + std::to_string(left.pid) + " of task " +
                   task->record.task_id + ": " + std::strerror(error));
    }
  }
}

void KillSession(Keeper* keeper, Task* task) {
  WatchSession(keeper, task);
  if (task->ladder != nullptr || (task->roots.empty() && task->HasEnded())) return;
  task->ladder =
      std::make_unique<Ladder>(keeper, task, std::vector<wire::Step>(), kDefaultKillGraceMs);
  task->ladder->Begin();
}

void LoseReaper(Keeper* keeper, Task* task) {
  keeper->Warn("the reaper of task " + task->record.task_id +
               " was killed: what is left of its session is killed, too");
  KillSession(keeper, task);
}

void OnRootEnded(Keeper* keeper, uint64_t serial, pid_t pid) {
  Task* task = keeper->tasks.Find(serial);
  if (task == nullptr) return;
  const auto ended = std::find_if(
      task->roots.begin(), task->roots.end(),
      [pid](const std::unique_ptr<WatchedProcess>& root) { return root->pid() == pid; });
  if (ended == task->roots.end()) return;
  // The call comes from it.
  keeper->loop.Defer([root = std::shared_ptr<WatchedProcess>(std::move(*ended))] {});
  task->roots.erase(ended);
  if (!task->roots.empty()) return;
  if (IsMarked(*keeper, serial)) {
    if (pid == task->record.reaper_pid) {
      LoseReaper(keeper, task);
    } else {
      KillSession(keeper, task);  // what was left may have forked meanwhile
    }
  }
  if (task->roots.empty()) OnTreeEnded(keeper, task);
}

int WatchRoot(Keeper* keeper, Task* task, pid_t pid, UniqueFd pidfd) {
  auto root = std::make_unique<WatchedProcess>(pid, std::move(pidfd));
  const int error = root->Start(&keeper->loop, [keeper, serial = task->record.serial, pid] {
    OnRootEnded(keeper, serial, pid);
  });
  if (error == 0) task->roots.push_back(std::move(root));
  return error;
}

}  // namespace

int WatchTree(Keeper* keeper, Task* task, bool is_just_started) {
  const StartRecord& record = task->record;
  if (!task->roots.empty()) return 0;
  UniqueFd pidfd = OpenProcess({record.reaper_pid, record.reaper_start_ticks});
  int error = pidfd ? 0 : errno;
  if (pidfd) {
    const uint64_t inode = PidfsInode(pidfd.get());
    if (record.reaper_pidfs_inode != 0 && inode != 0 && inode != record.reaper_pidfs_inode) {
      error = ESRCH;
    }
  }
  if (error == 0) error = WatchRoot(keeper, task, record.reaper_pid, std::move(pidfd));
  if (error != ESRCH) return error;
  if (is_just_started && IsMarked(*keeper, record.serial)) {
    keeper->loop.Defer([keeper, serial = record.serial] {
      if (Task* lost = keeper->tasks.Find(serial); lost != nullptr) LoseReaper(keeper, lost);
    });
  } else if (IsMarked(*keeper, record.serial)) {
    // Who has its number by now nobody can tell: nothing is signalled.
    keeper->Warn("the reaper of task " + record.task_id +
                 " was killed while no keeper looked: what is left of the task is not known");
  }
  OnTreeEnded(keeper, task);
  return 0;
}

}  // namespace raw_exec::keeper
