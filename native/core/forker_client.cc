#include "forker_client.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernel_features.h"
#include "memfd.h"
#include "plan_handover.h"
#include "report_wait.h"
#include "sys.h"
#include "wait.h"

namespace raw_exec {
namespace {

constexpr int kReplyTimeoutMs = 10'000;
constexpr int kStartDeadlineMs = 10'000;
constexpr int kNoSlot = kReportSlots;  // HandOver has failed and holds no report

// Whether another try would fail as well. What is not about the executable (no descriptors, no
// memory, too many processes) may have passed by the next start.
bool IsForGood(const SpawnResult& result) {
  return result.step == Step::exec && result.error != ENOMEM && result.error != EAGAIN &&
         result.error != EMFILE && result.error != ENFILE;
}

bool GetCpus(ForkerClient::CpuMask* cpus) {
  return RawSyscall(SYS_sched_getaffinity, 0, sizeof(*cpus), Arg(cpus->data())) > 0;
}

int NiceOfThisThread() {
  constexpr long kOffset = 20;  // the system call answers 20 - nice, so as not to be negative
  return static_cast<int>(kOffset - RawSyscall(SYS_getpriority, PRIO_PROCESS, 0));
}

}  // namespace

ForkerClient& ForkerClient::Get() {
  static ForkerClient* const client = new ForkerClient();  // never destroyed, as the engine thread
  return *client;
}

void ForkerClient::SetPath(const char* path) {
  const std::lock_guard lock(mutex_);
  const size_t size = std::strlen(path) + 1;
  if (size <= sizeof(path_)) std::memcpy(path_, path, size);
}

ForkerClient::Identity ForkerClient::CurrentIdentity() {
  Identity identity = {};
  RawSyscall(SYS_getresuid, Arg(&identity.uids[0]), Arg(&identity.uids[1]), Arg(&identity.uids[2]));
  RawSyscall(SYS_getresgid, Arg(&identity.gids[0]), Arg(&identity.gids[1]), Arg(&identity.gids[2]));
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  RawSyscall(SYS_capget, Arg(&header), Arg(identity.capabilities));
  const long count = RawSyscall(SYS_getgroups, 0, 0);
  if (count > 0) {
    identity.groups.resize(static_cast<size_t>(count));
    RawSyscall(SYS_getgroups, count, Arg(identity.groups.data()));
  }
  return identity;
}

// Mapped once and kept when the forker is replaced: other threads may be waiting on their reports.
bool ForkerClient::EnsureReportMemory() {
  if (reports_ != nullptr) return true;
  constexpr size_t kSize = sizeof(SpawnReport) * kReportSlots;
  report_memory_ = MakeMemfd("raw-exec-reports");
  if (!report_memory_ || ftruncate(report_memory_.get(), kSize) != 0) return false;
  void* mapping = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, report_memory_.get(), 0);
  if (mapping == MAP_FAILED) return false;
  reports_ = static_cast<SpawnReport*>(mapping);
  return true;
}

// Runs on the engine thread, which lives as long as the process: the forker's death signal is tied
// to it.
void ForkerClient::StartOnEngineThread() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return;
  UniqueFd ours = AboveStdio(UniqueFd(pair[0]));
  const UniqueFd theirs = AboveStdio(UniqueFd(pair[1]));
  if (!ours || !theirs || !EnsureReportMemory()) return;

  char name[] = "raw-exec-forker";
  char* const argv[] = {name, nullptr};
  char* const envp[] = {nullptr};
  SpawnContext context;
  if (!context) return;
  StdioSlot stdio[5] = {};
  for (StdioSlot& slot : stdio) slot.source = StdioSource::closed;
  stdio[kForkerSocket] = {StdioSource::descriptor, theirs.get(), nullptr, 0, 0};
  stdio[kForkerReports] = {StdioSource::descriptor, report_memory_.get(), nullptr, 0, 0};
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
  SpawnResult result = context.SpawnHere(request);
  if (result.error != 0) {
    cannot_start_ = IsForGood(result);
    return;
  }
  socket_ = std::move(ours);
  pidfd_ = std::move(result.exit_fd);
  is_pidfd_ = result.is_pidfd;
  pid_ = result.pid;
  identity_ = CurrentIdentity();
  nice_ = NiceOfThisThread();
  GetCpus(&cpus_);
}

void ForkerClient::Stop() {
  socket_.Reset();
  if (pid_ < 0) return;
  SendSignal(pid_, pidfd_.get(), is_pidfd_, SIGKILL);
  ExitInfo ignored;
  Reap(pid_, &ignored);
  pidfd_.Reset();
  pid_ = -1;
}

bool ForkerClient::EnsureStarted() {
  if (socket_) {
    if (CurrentIdentity() == identity_) return true;
    Stop();
  }
  if (path_[0] == '\0' || cannot_start_) return false;
  EngineThread::Get().Run([this] { StartOnEngineThread(); });
  return static_cast<bool>(socket_);
}

// A child's nice value and CPUs are those of the thread that starts it, not of the one that started
// the forker. Refused (a lower nice value without the right), they stay.
void ForkerClient::TakeOnScheduling() {
  const int nice = NiceOfThisThread();
  if (nice != nice_ && RawSyscall(SYS_setpriority, PRIO_PROCESS, pid_, nice) == 0) nice_ = nice;
  CpuMask cpus = {};
  if (!GetCpus(&cpus) || cpus == cpus_) return;
  if (RawSyscall(SYS_sched_setaffinity, pid_, sizeof(cpus), Arg(cpus.data())) == 0) cpus_ = cpus;
}

int ForkerClient::TakeSlot() {
  if (~slots_in_use_ == 0) return -1;
  const int slot = __builtin_ctzll(~slots_in_use_);
  slots_in_use_ |= uint64_t{1} << slot;
  return slot;
}

bool ForkerClient::ReceiveReply(Clone* clone) {
  WireReply reply = {};
  iovec part = {&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  pollfd entry = {socket_.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&entry, 1, kReplyTimeoutMs);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return false;
  const ssize_t got = recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got != static_cast<ssize_t>(sizeof(reply))) return false;
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    clone->pidfd = AboveStdio(UniqueFd(fd));
  }
  clone->pid = reply.pid;
  return true;
}

// True when the forker has answered, with a process or with an error in `result`.
bool ForkerClient::Exchange(const SpawnPlan& plan, int report_pipe, int cgroup_fd,
                            uint32_t features, uint32_t slot, SpawnResult* result) {
  const int error = SendPlan(socket_.get(), plan, report_pipe, cgroup_fd, features, slot);
  // EBADF: one of the descriptors that we were given is not open. That is the caller's, not the
  // forker's.
  if (error == EBADF || error == ETOOMANYREFS || error == ENOBUFS || error == ENOMEM) {
    result->FailAt(error == EBADF ? Step::stdio : Step::forker, error);
    return true;
  }
  if (error != 0) return false;
  Clone clone = {-1, UniqueFd()};
  if (!ReceiveReply(&clone)) return false;
  if (clone.pid < 0) {
    result->FailAt(Step::clone, -clone.pid);
    return true;
  }
  result->pid = clone.pid;
  result->is_pidfd = true;
  result->exit_fd = std::move(clone.pidfd);
  if (!result->exit_fd) {
    result->exit_fd = OpenExitFd(result->pid, (features & kPidfd) != 0, &result->is_pidfd);
  }
  return true;
}

// A forker that died is replaced once; the child that it may have left behind is known by its
// report. Returns the report's slot with a child or an error in `result`, or -1: no forker.
int ForkerClient::HandOver(const SpawnPlan& plan, int report_pipe, int cgroup_fd, uint32_t features,
                           SpawnResult* result) {
  const std::lock_guard lock(mutex_);
  for (int attempt = 0;; ++attempt) {
    if (!EnsureStarted()) return -1;
    TakeOnScheduling();
    const int slot = TakeSlot();
    if (slot < 0) {
      result->FailAt(Step::forker, EAGAIN);
      return kNoSlot;
    }
    SpawnReport* report = &reports_[slot];
    *report = {static_cast<int32_t>(Step::clone), 0, -1, 0};
    result->started_ns = MonotonicNs();
    if (Exchange(plan, report_pipe, cgroup_fd, features, static_cast<uint32_t>(slot), result)) {
      return slot;
    }
    Stop();
    // It may have cloned before it died. Whoever is first decides: a child that has told its pid
    // goes on, one that has not finds the report revoked and ends, so the second attempt never
    // makes a second copy. A revoked report is not used again: that child may look at it later.
    const int orphan = __atomic_exchange_n(&report->pid, kRevoked, __ATOMIC_ACQ_REL);
    if (orphan > 0) {
      result->pid = orphan;
      result->exit_fd = OpenExitFd(orphan, (features & kPidfd) != 0, &result->is_pidfd);
      return slot;
    }
    if (attempt > 0) {
      result->FailAt(Step::forker, EPIPE);
      return kNoSlot;
    }
  }
}

bool ForkerClient::Spawn(const SpawnRequest& request, int cgroup_fd, uint32_t features,
                         SpawnResult* result) {
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
  const int slot = HandOver(plan, writer.get(), cgroup_fd, features, result);
  if (slot < 0) return false;
  if (slot == kNoSlot) return true;
  writer.Reset();
  bool is_report_free = true;
  if (result->error == 0 && !result->exit_fd) {
    result->GiveUpUnwatched(errno);
  } else if (result->error == 0) {
    is_report_free = WaitForExec(reader.get(), &reports_[slot], request.exec_deadline_ms, result);
  }
  if (is_report_free) {
    const std::lock_guard lock(mutex_);
    slots_in_use_ &= ~(uint64_t{1} << slot);
  }
  return true;
}

}  // namespace raw_exec
