#include "spawn.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include "cgroup_v2.h"
#include "child.h"
#include "clone_raw.h"
#include "fd_slots.h"
#include "forker_client.h"
#include "ignored_signals.h"
#include "kernel_features.h"
#include "reaper_client.h"
#include "report_wait.h"
#include "sys.h"
#include "wait.h"

namespace raw_exec {
namespace {

void RunPlan(const void* plan) { ChildMain(static_cast<const SpawnPlan*>(plan)); }

// Without a pidfd the watchdog has no way to end a child whose parent is suspended until it has
// reached execve.
bool CanBeFast(uint32_t features) {
  constexpr uint32_t kNeeded = kSharedVfork | kPidfd;
  return (features & kNeeded) == kNeeded;
}

bool NeedsForker(const SpawnRequest& request, bool kills_sharers) {
  const SpawnPlan& plan = request.plan;
  if (plan.set_uid || plan.set_gid || plan.set_groups) return true;
  if (plan.cgroup_v1_count > 0 || kills_sharers) return true;
  // The signal would come when this thread ends, and threads other than the first may end before
  // the process.
  return plan.parent_death_signal != 0 && RawSyscall(SYS_gettid) != getpid();
}

// A child that has not reached execve has ended, or was ended: says why and reaps it.
bool HasFailed(const SpawnReport& report, bool timed_out, SpawnResult* result) {
  if (report.error != 0) {
    result->FailAt(static_cast<Step>(report.step), report.error, report.detail);
  } else if (timed_out) {
    result->FailAt(static_cast<Step>(report.step), ETIMEDOUT);
    result->flags = kDeadline;
  } else if (static_cast<Step>(report.step) != Step::exec) {
    // It ends without a word only when somebody kills it.
    result->FailAt(static_cast<Step>(report.step), EINTR);
    result->flags = kKilledEarly;
  } else {
    return false;
  }
  ExitInfo ignored;
  Reap(result->pid, &ignored);
  result->exit_fd.Reset();
  return true;
}

// What both ways of cloning here have in common.
CloneRequest CommonClone(const SpawnRequest& request, int cgroup_fd, uint32_t features) {
  CloneRequest clone = {};
  if (request.shares_fs) {
    clone.flags |= CLONE_FS;
    clone.exit_signal = SIGCHLD;  // CLONE_PARENT children take the forker's
  }
  if ((features & kPidfd) != 0) clone.flags |= CLONE_PIDFD;
  if (cgroup_fd >= 0) {
    clone.flags |= CLONE_INTO_CGROUP;
    clone.cgroup_fd = cgroup_fd;
  }
  return clone;
}

// cgroup.procs of the group that is asked for. The child of the forker has none of our descriptors,
// so that it needs the path of a held one too.
std::string ProcsPath(const SpawnRequest& request) {
  std::string path;
  if (request.held_cgroup.directory_fd >= 0) {
    char target[PATH_MAX];
    const std::string link = "/proc/self/fd/" + std::to_string(request.held_cgroup.directory_fd);
    const ssize_t length = readlink(link.c_str(), target, sizeof(target));
    if (length > 0) path.assign(target, static_cast<size_t>(length));
  } else {
    path = request.cgroup_v2;
  }
  return path + "/cgroup.procs";
}

}  // namespace

void SpawnResult::GiveUpUnwatched(int positive_errno) {
  FailAt(Step::exitNotice, positive_errno);
  RawSyscall(SYS_kill, pid, SIGKILL);  // unreaped, so the pid is still its own
  ExitInfo ignored;
  Reap(pid, &ignored);
}

SpawnContext::SpawnContext() {
  void* page =
      mmap(nullptr, sizeof(SpawnReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED) report_ = static_cast<SpawnReport*>(page);
  EngineThread::Get().Register(&watch_);
}

SpawnContext::~SpawnContext() {
  EngineThread::Get().Unregister(&watch_);
  if (report_ != nullptr) munmap(report_, sizeof(SpawnReport));
}

SpawnResult SpawnContext::Spawn(const SpawnRequest& request) {
  const bool has_group = request.cgroup_v2 != nullptr || request.held_cgroup.directory_fd >= 0;
  const bool is_plain = !has_group && request.reaped == nullptr;
  if (is_plain && !NeedsForker(request, false)) return SpawnHere(request);
  return SpawnPlaced(request, has_group);
}

SpawnResult SpawnContext::SpawnPlaced(const SpawnRequest& request, bool has_group) {
  SpawnResult result;
  CgroupV2Check group;
  SpawnRequest placed = request;
  std::string procs_path;
  const uint32_t features = KernelFeatures();
  int cgroup_fd = -1;
  if (has_group) {
    const bool is_held = request.held_cgroup.directory_fd >= 0;
    if (is_held) {
      const int events_fd = request.held_cgroup.events_fd;
      group.is_frozen = events_fd >= 0 && IsFrozen(events_fd);
    } else {
      group = CheckCgroupV2(request.cgroup_v2);
    }
    if (group.error != 0) {
      result.FailAt(Step::cgroupOpen, group.error);
      return result;
    }
    if (group.is_frozen) {
      result.FailAt(Step::cgroupFrozen, EBUSY);
      return result;
    }
    if ((features & kCloneIntoCgroup) != 0) {
      cgroup_fd = is_held ? request.held_cgroup.directory_fd : group.directory.get();
    }
  }
  const bool needs_forker = NeedsForker(request, group.kills_sharers);
  for (;;) {
    if (has_group && cgroup_fd < 0) {
      procs_path = ProcsPath(request);
      placed.plan.cgroup_v2_procs = procs_path.c_str();
    }
    result = SpawnResult();
    bool is_done = request.reaped != nullptr;
    if (is_done) {
      result.path = SpawnPath::careful;
      SpawnReaped(this, placed, cgroup_fd, features, &result);
    } else if (needs_forker && (features & kForker) != 0) {
      result.path = SpawnPath::careful;
      is_done = ForkerClient::Get().Spawn(placed, cgroup_fd, features, &result);
    }
    if (!is_done) {
      result = !needs_forker && CanBeFast(features) ? SpawnFast(placed, cgroup_fd, features)
                                                    : SpawnPlain(placed, cgroup_fd, features);
    }
    if (cgroup_fd < 0 || result.error == 0 || result.step != Step::clone) return result;
    // A kernel of 2025 kills the child of a clone into a group to which cgroup.kill was written
    // some time before: see docs/decisions/killed-groups.md.
    const bool is_lost = result.flags == kKilledEarly;
    if (!is_lost && !MeansNoIntoCgroup(-result.error)) return result;
    cgroup_fd = -1;  // once more, and the child joins by itself
  }
}

SpawnResult SpawnContext::SpawnHere(const SpawnRequest& request) {
  const uint32_t features = KernelFeatures();
  return CanBeFast(features) ? SpawnFast(request, -1, features) : SpawnPlain(request, -1, features);
}

SpawnResult SpawnContext::SpawnFast(const SpawnRequest& request, int cgroup_fd, uint32_t features) {
  SpawnResult result;
  result.path = SpawnPath::fast;
  SpawnPlan plan = request.plan;
  // On this stack, beside the plan: after the switch to the child and back each page that is
  // touched costs a TLB miss.
  SpawnReport report = {static_cast<int32_t>(Step::clone), 0, -1, 0};
  plan.report = &report;
  plan.hold_fd = -1;
  plan.parent_pid = plan.parent_death_signal != 0 ? getpid() : 0;
  plan.has_close_range = (features & kCloseRange) != 0;

  CloneRequest clone = CommonClone(request, cgroup_fd, features);
  clone.flags |= CLONE_VM | CLONE_VFORK;
  const bool has_clone3 = (features & kClone3) != 0;
  if (has_clone3 && (features & kCloneClearSighand) != 0) {
    clone.flags |= CLONE_CLEAR_SIGHAND;
    plan.handlers_cleared = true;
    plan.ignored_signals = IgnoredSignals(MonotonicNs());
  }
  clone.stack = stack_.base();
  clone.stack_size = stack_.size();
  watch_.pidfd = -1;
  clone.pidfd = &watch_.pidfd;
  plan.own_pidfd = &watch_.pidfd;

  long pid = 0;
  bool timed_out = false;
  {
    SlotLease slots;
    if ((features & kCloseRangeUnshare) != 0) {
      plan.unshare_from = slots.Move(&plan);
      if (plan.unshare_from > 0) clone.flags |= CLONE_FILES;
    }
    const AllSignalsBlocked blocked;
    result.started_ns = MonotonicNs();
    EngineThread& engine = EngineThread::Get();
    engine.Arm(&watch_,
               result.started_ns + static_cast<uint64_t>(request.exec_deadline_ms) * 1'000'000);
    pid = CloneInto(clone, has_clone3, RunPlan, &plan);
    timed_out = EngineThread::Disarm(&watch_);
  }
  if (pid < 0) {
    result.FailAt(Step::clone, -pid);
    return result;
  }
  result.pid = static_cast<int32_t>(pid);
  result.exit_fd = AboveStdio(UniqueFd(watch_.pidfd));
  if (HasFailed(report, timed_out, &result)) return result;
  if (!result.exit_fd) {
    result.exit_fd = OpenExitFd(result.pid, (features & kPidfd) != 0, &result.is_pidfd);
    if (!result.exit_fd) result.GiveUpUnwatched(errno);
  }
  return result;
}

SpawnResult SpawnContext::SpawnPlain(const SpawnRequest& request, int cgroup_fd,
                                     uint32_t features) {
  SpawnResult result;
  result.path = SpawnPath::plain;
  if (report_ == nullptr) {
    result.FailAt(Step::prepare, ENOMEM);
    return result;
  }
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
    result.FailAt(Step::prepare, errno);
    return result;
  }
  UniqueFd writer(pipe_fds[1]);
  const UniqueFd reader = AboveStdio(UniqueFd(pipe_fds[0]));
  // Above the targets of the child's moves.
  const int first_free = std::max(request.plan.stdio_count, 3);
  if (reader) writer = AboveStdio(std::move(writer), first_free);
  if (!reader || !writer) {
    // EINVAL is fcntl's word for a number that RLIMIT_NOFILE does not allow.
    result.FailAt(Step::prepare, errno == EINVAL ? EMFILE : errno);
    return result;
  }
  SpawnPlan plan = request.plan;
  plan.report = report_;
  plan.hold_fd = writer.get();
  plan.parent_pid = getpid();
  plan.has_close_range = (features & kCloseRange) != 0;
  *report_ = {static_cast<int32_t>(Step::clone), 0, -1, 0};
  CloneRequest clone = CommonClone(request, cgroup_fd, features);
  int32_t pidfd = -1;
  clone.pidfd = &pidfd;
  long pid = 0;
  {
    const AllSignalsBlocked blocked;
    result.started_ns = MonotonicNs();
    pid = CloneInto(clone, (features & kClone3) != 0, RunPlan, &plan);
  }
  if (pid < 0) {
    result.FailAt(Step::clone, -pid);
    return result;
  }
  writer.Reset();
  result.pid = static_cast<int32_t>(pid);
  result.exit_fd = AboveStdio(UniqueFd(pidfd));
  if (!result.exit_fd) {
    result.exit_fd = OpenExitFd(result.pid, (features & kPidfd) != 0, &result.is_pidfd);
  }
  if (!result.exit_fd) {
    result.GiveUpUnwatched(errno);
    return result;
  }
  if (!WaitForExec(reader.get(), report_, request.exec_deadline_ms, &result)) {
    // Somebody may still write to it: this page is given up, a later start gets another one.
    void* page = mmap(nullptr, sizeof(SpawnReport), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    report_ = page == MAP_FAILED ? nullptr : static_cast<SpawnReport*>(page);
  }
  return result;
}

void SetForkerPath(const char* path) { ForkerClient::Get().SetPath(path); }

}  // namespace raw_exec
