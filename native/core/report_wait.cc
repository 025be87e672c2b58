#include "report_wait.h"

#include <poll.h>
#include <signal.h>

#include <cerrno>

#include "sys.h"
#include "wait.h"

namespace raw_exec {
namespace {

// How long a killed child may take to go before it counts as stuck.
constexpr uint64_t kKillGraceNs = 1'000'000'000;

// True at the end of the pipe, false at the deadline.
bool WaitForEnd(int pipe_fd, uint64_t deadline_ns) {
  pollfd entry = {pipe_fd, 0, 0};  // POLLHUP is always reported
  for (;;) {
    const uint64_t now = MonotonicNs();
    const uint64_t left = now < deadline_ns ? deadline_ns - now : 0;
    timespec timeout = {};
    timeout.tv_sec = static_cast<time_t>(left / 1'000'000'000);
    timeout.tv_nsec = static_cast<long>(left % 1'000'000'000);
    const int ready = ppoll(&entry, 1, &timeout, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

}  // namespace

bool WaitForExec(int pipe_fd, const volatile SpawnReport* report, int32_t deadline_ms,
                 SpawnResult* result) {
  const uint64_t deadline = result->started_ns + static_cast<uint64_t>(deadline_ms) * 1'000'000;
  if (!WaitForEnd(pipe_fd, deadline)) {
    result->FailAt(static_cast<Step>(report->step), ETIMEDOUT);
    result->flags = kDeadline;
    SendSignal(result->pid, result->exit_fd.get(), result->is_pidfd, SIGKILL);
    if (!WaitForEnd(pipe_fd, MonotonicNs() + kKillGraceNs)) {
      result->flags |= kStuck;
      return false;
    }
  } else if (report->error != 0) {
    result->FailAt(static_cast<Step>(report->step), report->error, report->detail);
  } else if (static_cast<Step>(report->step) != Step::exec) {
    // The pipe ends by execve or by death.
    result->FailAt(static_cast<Step>(report->step), EINTR);
    result->flags = kKilledEarly;
  } else {
    return true;
  }
  ExitInfo ignored;
  Reap(result->pid, &ignored);
  result->exit_fd.Reset();
  return true;
}

}  // namespace raw_exec
