#include "task_clone.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <utility>
#include <vector>

#include "../core/cgroup_v2.h"
#include "../core/clone_raw.h"
#include "../core/kernel_features.h"
#include "../core/process_identity.h"
#include "child_entry.h"
#include "exit_facts.h"
#include "kept_reaper.h"

namespace raw_exec {
namespace {

constexpr int kMaxKept = kMaxStdio + 3;
constexpr char kOwnExecutable[] = "/proc/self/exe";

// Both ends of the link; the child's lies above the targets of its moves.
int MakeLink(int stdio_count, UniqueFd* ours, UniqueFd* theirs) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return errno;
  ours->Reset(pair[0]);
  theirs->Reset(pair[1]);
  if (theirs->get() >= stdio_count) return 0;
  const int moved = fcntl(pair[1], F_DUPFD_CLOEXEC, stdio_count);
  // EINVAL is fcntl's word for a number that RLIMIT_NOFILE does not allow.
  if (moved < 0) return errno == EINVAL ? EMFILE : errno;
  theirs->Reset(moved);
  return 0;
}

// `others`: what is kept beside what every task needs; -1 for none.
int ListKept(const StartOrder& order, int hold_fd, std::initializer_list<int> others, int* kept) {
  int count = 0;
  for (const int fd : others) {
    if (fd >= 0) kept[count++] = fd;
  }
  for (const UniqueFd& fd : order.stdio) kept[count++] = fd.get();
  kept[count++] = hold_fd;
  std::sort(kept, kept + count);
  return count;
}

}  // namespace

wire::Failed SpawnFailure(int positive_errno, int32_t step, int32_t detail, int32_t flags) {
  return {positive_errno, static_cast<int32_t>(wire::Reason::spawn), step, detail, flags, 0};
}

TaskCloner::TaskCloner(std::string oom_score_adj, std::string state, int tasks_fd)
    : oom_score_adj_(std::move(oom_score_adj)),
      state_(std::move(state)),
      tasks_fd_(tasks_fd),
      own_pid_(getpid()) {}

// Where the kernel, or a sandbox, does not let the clone place the child, the child joins by
// itself.
long TaskCloner::CloneChild(const StartOrder& order, int32_t* pidfd) {
  int kept[kMaxKept];
  const TaskEntry entry = {plan_, kept, ListKept(order, plan_->hold_fd, {}, kept)};
  const bool has_clone3 = (order.features & kClone3) != 0;
  CloneRequest clone = {};
  clone.exit_signal = SIGCHLD;
  clone.pidfd = pidfd;
  if ((order.features & kPidfd) != 0) clone.flags |= CLONE_PIDFD;
  if (order.cgroup && (order.features & kCloneIntoCgroup) != 0 && has_clone3) {
    CloneRequest placing = clone;
    placing.flags |= CLONE_INTO_CGROUP;
    placing.cgroup_fd = order.cgroup.get();
    const long pid = CloneInto(placing, has_clone3, RunTaskChild, &entry);
    if (pid >= 0 || !MeansNoIntoCgroup(pid)) return pid;
  }
  const std::string procs = order.record.v2_group + "/cgroup.procs";
  if (!order.record.v2_group.empty() && plan_->cgroup_v2_procs == nullptr) {
    plan_->cgroup_v2_procs = procs.c_str();  // the child has a copy of it
  }
  return CloneInto(clone, has_clone3, RunTaskChild, &entry);
}

// The group is the task's child's alone: it may hold strangers, and is given no child beside that.
long TaskCloner::CloneReaper(const StartOrder& order, int32_t* pidfd) {
  const bool has_clone3 = (order.features & kClone3) != 0;
  const bool is_placed = order.cgroup && has_clone3 && (order.features & kCloneIntoCgroup) != 0;
  const int cgroup_fd = order.cgroup.get();
  const std::string procs = "/proc/self/fd/" + std::to_string(cgroup_fd) + "/cgroup.procs";
  if (order.cgroup && !is_placed) plan_->cgroup_v2_procs = procs.c_str();
  int of_task[kMaxKept];
  int of_reaper[kMaxKept];
  ReaperEntry entry = {};
  entry.task = {plan_, of_task, ListKept(order, plan_->hold_fd, {cgroup_fd}, of_task)};
  entry.plan = plan_;
  entry.kept = of_reaper;
  entry.kept_count = ListKept(order, plan_->hold_fd, {cgroup_fd, tasks_fd_}, of_reaper);
  entry.clone_flags = is_placed ? CLONE_INTO_CGROUP : 0;
  entry.cgroup_fd = cgroup_fd;
  entry.procs = procs.c_str();
  entry.has_clone3 = has_clone3;
  const TaskPath mark(order.record.serial, kReaperMark);
  entry.tasks_fd = tasks_fd_;
  entry.mark = mark.get();
  entry.path = kOwnExecutable;
  std::vector<std::string> arguments = {"raw-exec-keeper", "reaper",
                                        "--state",         state_,
                                        "--serial",        std::to_string(order.record.serial),
                                        "--main",          std::string(kPidDigits, ' ')};
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  char* const envp[] = {nullptr};
  entry.argv = argv.data();
  entry.envp = envp;
  CloneRequest clone = {};
  clone.exit_signal = SIGCHLD;
  clone.pidfd = pidfd;
  if ((order.features & kPidfd) != 0) clone.flags |= CLONE_PIDFD;
  return CloneInto(clone, has_clone3, RunReaperChild, &entry);
}

wire::Failed TaskCloner::Prepare(const StartOrder& order, volatile SpawnReport* report,
                                 UniqueFd* link) {
  constexpr int32_t kPrepare = static_cast<int32_t>(Step::prepare);
  int stdio[kMaxStdio + 2];
  int count = 0;
  for (const UniqueFd& fd : order.stdio) stdio[count++] = fd.get();
  int error = 0;
  SpawnPlan* plan = buffer_.Load(order.plan.get(), order.plan_size, stdio, count, &error);
  if (plan == nullptr && error != EBADMSG) return SpawnFailure(error, kPrepare);
  if (plan == nullptr) {
    return {error, static_cast<int32_t>(wire::Reason::malformed), kPrepare, -1, 0, 0};
  }
  error = MakeLink(plan->stdio_count, link, &child_end_);
  if (error != 0) return SpawnFailure(error, kPrepare);
  plan->report = report;
  plan->hold_fd = child_end_.get();
  plan->parent_pid = own_pid_;
  plan->has_close_range = (order.features & kCloseRange) != 0;
  // This process has no handlers, and ignores nothing.
  plan->handlers_cleared = true;
  plan->ignored_signals = 0;
  if (plan->oom_score_adj == nullptr && !oom_score_adj_.empty()) {
    plan->oom_score_adj = oom_score_adj_.c_str();
  }
  plan_ = plan;
  return {};
}

wire::Failed TaskCloner::Clone(const StartOrder& order, ClonedTask* task) {
  int32_t pidfd = -1;
  task->started_boottime_ns = BoottimeNs();
  const long pid = order.record.is_tree ? CloneReaper(order, &pidfd) : CloneChild(order, &pidfd);
  const int64_t cloned_at_ns = BoottimeNs();
  child_end_.Reset();
  if (pid < 0) return SpawnFailure(static_cast<int>(-pid), static_cast<int32_t>(Step::clone));
  const UniqueFd identity(pidfd);
  task->pid = static_cast<int32_t>(pid);
  task->start_ticks = StartTicks(task->pid, task->started_boottime_ns, cloned_at_ns);
  if (identity) task->pidfs_inode = PidfsInode(identity.get());
  return {};
}

}  // namespace raw_exec
