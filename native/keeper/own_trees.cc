#include "own_trees.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <memory>

#include "../core/process_tree.h"
#include "../core/sys.h"
#include "../reaper/kill_walk.h"
#include "process_handle.h"
#include "task_table.h"

namespace raw_exec::keeper {
namespace {

int32_t tree[kMaxTree];

void AddLiving(void* context, const TreeProcess& process) {
  if (!process.is_dead) static_cast<std::vector<pid_t>*>(context)->push_back(process.pid);
}

void Send(pid_t pid, int pidfd, int signal, SignalRound* round) {
  const long result = PidfdSendSignal(pidfd, signal);
  if (result == 0) round->reached.push_back(pid);
  if (result != 0 && result != -ESRCH) round->refused.push_back({pid, static_cast<int>(-result)});
}

}  // namespace

OwnTrees::OwnTrees(const TaskTable& tasks, const Task& task) {
  if (!task.record.is_tree) return;
  tasks_ = &tasks;
  serial_ = task.record.serial;
}

std::vector<OwnTrees::Root> OwnTrees::Roots() const {
  std::vector<Root> roots;
  if (!Any()) return roots;
  const auto add = [&roots](const Task* task) {
    for (const std::unique_ptr<WatchedProcess>& root : task->roots) {
      const bool is_reaper = root->pid() == task->record.reaper_pid;
      const bool has_main = is_reaper && !task->record.IsSession() && !task->HasEnded();
      roots.push_back({root->pid(), root->pidfd(), is_reaper, has_main ? task->record.pid : -1});
    }
  };
  if (const Task* task = tasks_->Find(serial_); task != nullptr) add(task);
  for (const Task* session : tasks_->SessionsOf(serial_)) add(session);
  return roots;
}

// Of what cannot be watched it is not known.
bool OwnTrees::AreEmpty() const {
  if (!Any()) return true;
  const Task* task = tasks_->Find(serial_);
  const std::vector<Task*> sessions = tasks_->SessionsOf(serial_);
  const bool is_unknown = (task != nullptr && task->is_unwatched) ||
                          std::any_of(sessions.begin(), sessions.end(),
                                      [](const Task* session) { return session->is_unwatched; });
  return !is_unknown && Roots().empty();
}

UniqueFd OwnTrees::OpenOne() const {
  const std::vector<Root> roots = Roots();
  if (roots.empty()) return UniqueFd();
  return AboveStdio(UniqueFd(fcntl(roots.front().pidfd, F_DUPFD_CLOEXEC, 3)));
}

void OwnTrees::List(MemberList* members) const {
  std::vector<pid_t> pids;
  for (const Root& root : Roots()) {
    const size_t before = pids.size();
    if (!root.is_reaper) pids.push_back(root.pid);
    VisitTree(root.pid, tree, AddLiving, &pids);
    // Once it has been reaped its number may be another's.
    if (HasEnded(root.pidfd)) pids.resize(before);
  }
  members->Take(std::move(pids));
  members->Settle();
}

// A reaper that was stopped can see nobody end.
SignalRound OwnTrees::Signal(int signal) const {
  SignalRound round;
  for (const Root& root : Roots()) {
    ReaperReply reply = {};
    SignalTree({root.pid, root.pidfd}, signal, &reply);
    round.reached.resize(round.reached.size() + static_cast<size_t>(reply.reached), -1);
    if (root.main > 0 && reply.reached > 0) round.reached.back() = root.main;
    for (int i = 0; i < reply.listed; ++i) {
      round.refused.push_back({reply.entries[i].pid, reply.entries[i].error});
    }
    if (root.is_reaper) {
      PidfdSendSignal(root.pidfd, SIGCONT);
    } else {
      Send(root.pid, root.pidfd, signal, &round);
    }
  }
  return round;
}

void OwnTrees::Kill(bool is_first) const {
  for (const Root& root : Roots()) {
    (void)KillRound({root.pid, root.pidfd}, is_first);
    PidfdSendSignal(root.pidfd, root.is_reaper ? SIGCONT : SIGKILL);
  }
}

}  // namespace raw_exec::keeper
