#include "start_task.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <cerrno>

#include "../core/bare_request.h"
#include "../core/child.h"
#include "../core/raw_syscall.h"

namespace raw_exec {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int kKillGraceMs = 1000;  // as in report_wait.cc
constexpr int kDeadline = 1;        // FailureFlag
constexpr int kStuck = 2;
constexpr int kKilledEarly = 4;

}  // namespace

int64_t NowNs() {
  timespec now = {};
  RawSyscall(SYS_clock_gettime, CLOCK_MONOTONIC, Arg(&now));
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

namespace {

// True at the end of the pipe, which execve or the child's end brings; false after the time.
bool EndsWithin(int pipe_fd, int ms) {
  const int64_t deadline = NowNs() + ms * kNsPerMs;
  for (;;) {
    const int64_t left = deadline - NowNs();
    if (left <= 0) return false;
    timespec timeout = {left / kNsPerSecond, left % kNsPerSecond};
    pollfd entry = {pipe_fd, 0, 0};  // POLLHUP is always reported
    const long ready = RawSyscall(SYS_ppoll, Arg(&entry), 1, Arg(&timeout), 0, 8);
    if (ready > 0) return true;
  }
}

void RunChild(const void* argument) noexcept { ChildMain(static_cast<const SpawnPlan*>(argument)); }

void Fail(StartedTask* task, int step, long negative_errno, int detail = -1) {
  task->told.error = static_cast<int32_t>(-negative_errno);
  task->told.step = step;
  task->told.detail = detail;
}

// The report is written by the child in memory that it shares with us, and by nothing else.
volatile SpawnReport* MapReport() {
  const long page = RawSyscall(SYS_mmap, 0, sizeof(SpawnReport), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page < 0) return nullptr;
  volatile SpawnReport* report = reinterpret_cast<volatile SpawnReport*>(page);
  report->step = static_cast<int32_t>(Step::clone);
  report->detail = -1;
  return report;
}

// Waits for execve. What has failed is reaped; what can be killed is killed.
void SeeThrough(long pid, int pipe_fd, const volatile SpawnReport& report, int deadline_ms,
                StartedTask* task) {
  if (!EndsWithin(pipe_fd, deadline_ms)) {
    Fail(task, report.step, -ETIMEDOUT);
    task->told.flags = kDeadline;
    RawSyscall(SYS_kill, pid, SIGKILL);
    if (!EndsWithin(pipe_fd, kKillGraceMs)) {
      task->told.flags |= kStuck;
      return;
    }
  } else if (report.error != 0) {
    Fail(task, report.step, -report.error, report.detail);
  } else if (static_cast<Step>(report.step) != Step::exec) {
    Fail(task, report.step, -EINTR);
    task->told.flags = kKilledEarly;
  } else {
    task->told.pid = static_cast<int32_t>(pid);
    return;
  }
  while (RawSyscall(SYS_wait4, pid, 0, __WALL, 0) == -EINTR) continue;
}

void Start(Received* received, SpawnPlan* plan, int deadline_ms, StartedTask* task) {
  volatile SpawnReport* report = MapReport();
  if (report == nullptr) {
    CloseRequest(*received);
    Fail(task, static_cast<int>(Step::prepare), -ENOMEM);
    return;
  }
  plan->report = report;
  plan->parent_pid = static_cast<int32_t>(RawSyscall(SYS_getpid));
  // Without the reaper nobody would see the task's end: a task that kills its reaper ends itself.
  plan->parent_death_signal = SIGKILL;
  const long pid = ClonePlanned(*received, 0, SIGCHLD, &task->pidfd, RunChild, plan);
  CloseRequest(*received);  // our copy of the report pipe's other end, for one
  if (pid < 0) {
    Fail(task, static_cast<int>(Step::clone), pid);
  } else {
    SeeThrough(pid, kReaperReport, *report, deadline_ms, task);
  }
}

// False when there is nobody to start anything for.
bool ReceiveHello(ReaperHello* hello) {
  long got = 0;
  do {
    got = RawSyscall(SYS_recvfrom, kReaperSocket, Arg(hello), sizeof(*hello), 0, 0, 0);
  } while (got == -EINTR);
  return got == static_cast<long>(sizeof(*hello)) && hello->version == kWireVersion;
}

}  // namespace

bool StartTask(ReaperHello* hello, StartedTask* task) {
  *task = {{-1, 0, 0, -1, 0}, -1};
  Received received = {};
  if (!ReceiveHello(hello) || !Receive(kReaperSocket, &received)) return false;
  long error = 0;
  SpawnPlan* plan = OpenPlan(&received, &error);
  if (plan == nullptr) {
    CloseRequest(received);
    Fail(task, static_cast<int>(Step::forker), error);
  } else {
    Start(&received, plan, hello->exec_deadline_ms, task);
  }
  RawSyscall(SYS_close, kReaperReport);
  SendWithDescriptor(kReaperSocket, &task->told, sizeof(task->told),
                     task->told.error == 0 ? task->pidfd : -1);
  return true;
}

}  // namespace raw_exec
