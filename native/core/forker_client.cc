#include "forker_client.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "forker_exchange.h"
#include "inherited_state.h"
#include "kernel_features.h"
#include "report_wait.h"
#include "sys.h"
#include "wait.h"

namespace raw_exec {
namespace {

constexpr int kMaxAnswerMs = 10'000;
constexpr int kNoForker = -1;
constexpr int kNoSlot = -2;  // HandOver has failed and holds no report

// Steps that a capability of this process may be for.
bool AsksForRights(const SpawnPlan& plan) {
  return plan.set_uid || plan.set_gid || plan.set_groups || plan.set_nice ||
         plan.rlimit_count > 0 || plan.oom_score_adj != nullptr ||
         plan.network_namespace != nullptr;
}

}  // namespace

ForkerClient& ForkerClient::Get() {
  static ForkerClient* const client = new ForkerClient();  // never destroyed, as the engine thread
  return *client;
}

void ForkerClient::SetPath(const char* path) {
  const std::lock_guard lock(mutex_);
  process_.SetPath(path);
}

// A forker that died, or does not answer, is replaced once; the child that it may have left behind
// is known by its report. Returns the report's slot with a child or an error in `result`.
int ForkerClient::HandOver(const SpawnRequest& request, SpawnPlan* plan, int report_pipe,
                           int cgroup_fd, uint32_t features, SpawnResult* result) {
  const std::lock_guard lock(mutex_);
  if (!reports_.Ensure()) return kNoForker;
  reports_.ReapLate();
  if (!stuck_.empty()) GiveBackReportsOfTheDead();
  for (int attempt = 0;; ++attempt) {
    if (!process_.Ensure(reports_.memfd())) return kNoForker;
    const int slot = reports_.Take(&plan->claim);
    if (slot < 0) {
      result->FailAt(Step::forker, EAGAIN);
      return kNoSlot;
    }
    result->started_ns = MonotonicNs();
    const ForkerRequest exchange = {plan,
                                    process_.socket_fd(),
                                    report_pipe,
                                    cgroup_fd,
                                    features,
                                    static_cast<uint32_t>(slot),
                                    std::min(kMaxAnswerMs, request.exec_deadline_ms)};
    if (ExchangeWithForker(exchange, result) == ExchangeEnd::answered) return slot;
    process_.Stop();
    // It may have cloned before. Whoever is first decides: a child that has claimed its report goes
    // on, one that has not finds it revoked and ends, so the second attempt never makes a second
    // copy.
    const int32_t orphan = reports_.PidOrRevoke(slot);
    if (orphan > 0) {
      result->pid = orphan;
      result->exit_fd = OpenExitFd(orphan, (features & kPidfd) != 0, &result->is_pidfd);
      return slot;
    }
    reports_.GiveBack(slot);
    if (attempt > 0) {
      result->FailAt(Step::forker, EPIPE);
      return kNoSlot;
    }
  }
}

bool ForkerClient::Spawn(const SpawnRequest& request, int cgroup_fd, uint32_t features,
                         SpawnResult* result) {
  // The forker has been executed: what a file's capabilities give to this process it has lost.
  if (AsksForRights(request.plan) && !KeepsCapabilitiesOverExec()) return false;
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
    result->FailAt(Step::prepare, errno);
    return true;
  }
  const UniqueFd reader = AboveStdio(UniqueFd(pipe_fds[0]));
  UniqueFd writer = AboveStdio(UniqueFd(pipe_fds[1]));
  if (!reader || !writer) {
    result->FailAt(Step::prepare, errno);
    return true;
  }
  SpawnPlan plan = request.plan;
  plan.parent_pid = getpid();
  plan.handlers_cleared = true;  // the forker has none, and ignores nothing
  plan.has_close_range = (features & kCloseRange) != 0;
  const int slot = HandOver(request, &plan, writer.get(), cgroup_fd, features, result);
  if (slot == kNoForker) return false;
  if (slot == kNoSlot) return true;
  writer.Reset();
  bool is_report_free = true;
  if (result->error == 0 && !result->exit_fd) {
    result->GiveUpUnwatched(errno);
  } else if (result->error == 0) {
    is_report_free = WaitForExec(reader.get(), reports_.at(slot), request.exec_deadline_ms, result);
  }
  const std::lock_guard lock(mutex_);
  if (is_report_free) {
    reports_.GiveBack(slot);
  } else {
    // The child is stuck before execve and may still write to its report: that stays its own until
    // it has ended.
    const int fd = fcntl(result->exit_fd.get(), F_DUPFD_CLOEXEC, 3);
    if (fd >= 0) stuck_.push_back({slot, UniqueFd(fd)});
  }
  return true;
}

void ForkerClient::GiveBackReportsOfTheDead() {
  for (size_t i = stuck_.size(); i-- > 0;) {
    pollfd ended = {stuck_[i].exit_fd.get(), POLLIN, 0};
    if (poll(&ended, 1, 0) != 1) continue;
    reports_.GiveBack(stuck_[i].slot);
    stuck_.erase(stuck_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace raw_exec
