#include "forker_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "plan_wire.h"
#include "sys.h"
#include "wait.h"

namespace raw_exec {
namespace {

constexpr int kStartDeadlineMs = 10'000;
// A killed forker is gone in microseconds, unless its group is frozen.
constexpr int kKillGraceMs = 500;

// Whether another try would fail as well. What is not about the executable (no descriptors, no
// memory, too many processes) may have passed by the next start.
bool IsForGood(const SpawnResult& result) {
  return result.step == Step::exec && result.error != ENOMEM && result.error != EAGAIN &&
         result.error != EMFILE && result.error != ENFILE;
}

}  // namespace

void ForkerProcess::SetPath(const char* path) {
  const size_t size = std::strlen(path) + 1;
  if (size <= sizeof(path_)) std::memcpy(path_, path, size);
}

// Runs on the engine thread, which lives as long as the process: the forker's death signal is tied
// to it. The thread that waits for it watches over the deadline (EngineThread::Run).
void ForkerProcess::StartOnEngineThread(int report_memory_fd) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return;
  UniqueFd ours = AboveStdio(UniqueFd(pair[0]));
  const UniqueFd theirs = AboveStdio(UniqueFd(pair[1]));
  if (!ours || !theirs) return;

  char name[] = "raw-exec-forker";
  char* const argv[] = {name, nullptr};
  char* const envp[] = {nullptr};
  SpawnContext context;
  if (!context) return;
  StdioSlot stdio[5] = {};
  for (StdioSlot& slot : stdio) slot.source = StdioSource::closed;
  stdio[kForkerSocket] = {StdioSource::descriptor, theirs.get(), nullptr, 0, 0};
  stdio[kForkerReports] = {StdioSource::descriptor, report_memory_fd, nullptr, 0, 0};
  SpawnRequest request;
  request.plan.file = path_;
  request.plan.argv = argv;
  request.plan.envp = envp;
  request.plan.stdio = stdio;
  request.plan.stdio_count = 5;
  request.plan.process_group = -1;
  request.plan.umask = -1;
  request.plan.parent_death_signal = SIGKILL;
  request.shares_fs = true;
  request.exec_deadline_ms = kStartDeadlineMs;
  // Read before the clone: a change in between makes the next start replace it once more.
  state_ = reader_.Read();
  scheduling_ = CurrentScheduling();
  SpawnResult result = context.SpawnHere(request);
  if (result.error != 0) {
    cannot_start_ = IsForGood(result);
    return;
  }
  socket_ = std::move(ours);
  pidfd_ = std::move(result.exit_fd);
  is_pidfd_ = result.is_pidfd;
  pid_ = result.pid;
}

void ForkerProcess::Stop() {
  socket_.Reset();
  if (pid_ < 0) return;
  SendSignal(pid_, pidfd_.get(), is_pidfd_, SIGKILL);
  pollfd ended = {pidfd_.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&ended, 1, kKillGraceMs);
  } while (ready < 0 && errno == EINTR);
  stopped_.push_back({pid_, std::move(pidfd_), is_pidfd_});
  pid_ = -1;
  ReapStopped();
}

void ForkerProcess::ReapStopped() {
  for (size_t i = stopped_.size(); i-- > 0;) {
    ExitInfo ignored;
    const Unreaped& one = stopped_[i];
    if (!TryReap(one.pid, one.pidfd.get(), one.is_pidfd, &ignored)) continue;
    stopped_.erase(stopped_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

bool ForkerProcess::Ensure(int report_memory_fd) {
  if (!stopped_.empty()) ReapStopped();
  if (socket_) {
    if (reader_.Read() == state_) {
      TakeOnScheduling();
      return true;
    }
    Stop();
  }
  if (path_[0] == '\0' || cannot_start_) return false;
  EngineThread::Get().Run([this, report_memory_fd] { StartOnEngineThread(report_memory_fd); });
  if (!socket_) return false;
  TakeOnScheduling();
  return true;
}

// A child's nice value and CPUs are those of the thread that starts it, not of the one that started
// the forker. Refused (a lower nice value without the right), they stay.
void ForkerProcess::TakeOnScheduling() {
  const Scheduling now = CurrentScheduling();
  if (now.nice != scheduling_.nice &&
      RawSyscall(SYS_setpriority, PRIO_PROCESS, pid_, now.nice) == 0) {
    scheduling_.nice = now.nice;
  }
  if (now.cpus != scheduling_.cpus &&
      RawSyscall(SYS_sched_setaffinity, pid_, sizeof(now.cpus), Arg(now.cpus.data())) == 0) {
    scheduling_.cpus = now.cpus;
  }
}

}  // namespace raw_exec
