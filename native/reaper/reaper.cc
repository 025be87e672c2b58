// The reaper: parent and subreaper of one task, where the task has no group of its own.
//
// Whatever the task's processes do with sessions and process groups, their orphans become this
// process's children, so it sees them all end, and can find all that live. It leads a session of
// its own, which nobody outside of the task can be in. It starts the task, tells how the main
// process has ended, kills everything when it is asked to or when its supervisor is gone, and ends
// when nothing of the task is left. No libc: it waits with a few pages.
#include <fcntl.h>
#include <linux/prctl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstddef>

#include "../core/raw_syscall.h"
#include "../core/reaper_wire.h"
#include "kill_walk.h"
#include "start_task.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace raw_exec {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int kShortestPauseMs = 1;
constexpr int kLongestPauseMs = 50;
constexpr int64_t kNoDeadline = INT64_MAX;
constexpr int kWaitAny = 0;  // P_ALL
constexpr int kWaitPid = 1;  // P_PID

[[noreturn]] void Exit(int status) {
  for (;;) RawSyscall(SYS_exit_group, status);
}

struct Kill {
  bool is_on;
  int32_t id;  // of the request; 0: our own decision, nobody is told
  int64_t deadline_ns;
  int64_t next_ns;
  int pause_ms;
  int met;
};

struct Reaper {
  int32_t self;
  int32_t main_pid;
  bool main_has_ended;
  bool main_is_reaped;
  int signals;     // signalfd of SIGCHLD
  int supervisor;  // pidfd; -1: none is to be had, the socket alone tells
  bool kills_when_alone;
  bool is_alone;
  Kill kill;
};

// What is sent is small and the supervisor reads it; when it does not, its socket is full of
// answers that it never asked for, and this one is lost with them.
void Send(const void* bytes, long size) {
  RawSyscall(SYS_sendto, kReaperSocket, Arg(bytes), size, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
}

void SendReply(const ReaperReply& reply) {
  Send(&reply, static_cast<long>(offsetof(ReaperReply, entries)) +
                   reply.listed * static_cast<long>(sizeof(ReaperReply::Entry)));
}

int64_t Microseconds(const timeval& time) {
  return static_cast<int64_t>(time.tv_sec) * 1'000'000 + time.tv_usec;
}

void TellExit(const siginfo_t& info, const rusage& usage) {
  constexpr int64_t kKiB = 1024;  // getrusage(2): ru_maxrss is in kilobytes
  const bool has_exited = info.si_code == CLD_EXITED;
  const ReapedExit record = {has_exited ? info.si_status : -1,
                             has_exited ? 0 : info.si_status,
                             info.si_code == CLD_DUMPED ? 1 : 0,
                             0,
                             Microseconds(usage.ru_utime),
                             Microseconds(usage.ru_stime),
                             usage.ru_maxrss * kKiB};
  RawSyscall(SYS_write, kReaperExits, Arg(&record), sizeof(record));
}

long Wait(int type, int pid, siginfo_t* info, int options, rusage* usage) {
  long result = 0;
  do {
    info->si_pid = 0;
    result = RawSyscall(SYS_waitid, type, pid, Arg(info), WEXITED | WNOHANG | __WALL | options,
                        Arg(usage));
  } while (result == -EINTR);
  return result;
}

void ReapOther(void* context, const TreeProcess& process) {
  const Reaper* reaper = static_cast<const Reaper*>(context);
  siginfo_t info = {};
  rusage usage = {};
  const bool is_child = process.parent == reaper->self && process.pid != reaper->main_pid;
  if (is_child && process.is_dead) Wait(kWaitPid, process.pid, &info, 0, &usage);
}

// The main process stays a zombie until the supervisor has let go of it. While it does, waiting for
// any child would answer with it again and again, so the others are found in the tree.
int32_t tree[kMaxTree];

// False when no child is left.
bool ReapChildren(Reaper* reaper) {
  for (;;) {
    siginfo_t info = {};
    rusage usage = {};
    const long result = Wait(kWaitAny, 0, &info, WNOWAIT, &usage);
    if (result == -ECHILD) return false;
    if (result < 0 || info.si_pid == 0) return true;
    if (info.si_pid != reaper->main_pid || reaper->main_is_reaped) {
      Wait(kWaitPid, info.si_pid, &info, 0, &usage);
      continue;
    }
    if (!reaper->main_has_ended) {
      TellExit(info, usage);
      reaper->main_has_ended = true;
    }
    if (reaper->is_alone) {
      Wait(kWaitPid, reaper->main_pid, &info, 0, &usage);
      reaper->main_is_reaped = true;
      continue;
    }
    VisitTree(reaper->self, tree, ReapOther, reaper);
    return true;
  }
}

// The supervisor has closed its end of the exit pipe: it knows.
void ReapMain(Reaper* reaper) {
  siginfo_t info = {};
  rusage usage = {};
  if (!reaper->main_has_ended || reaper->main_is_reaped) return;
  Wait(kWaitPid, reaper->main_pid, &info, 0, &usage);
  reaper->main_is_reaped = true;
}

void FinishKill(Reaper* reaper, bool has_survivors) {
  Kill& kill = reaper->kill;
  if (kill.id != 0) {
    ReaperReply reply = {};
    reply.id = kill.id;
    if (has_survivors) ListSurvivors({reaper->self, -1}, &reply);
    reply.reached = kill.met;
    SendReply(reply);
  }
  kill.is_on = false;
}

// Rounds follow the ends of children, and a timer: a process that has evaded one ends by nothing
// that could be waited for.
void ContinueKill(Reaper* reaper) {
  Kill& kill = reaper->kill;
  const int64_t started_ns = NowNs();
  if (started_ns < kill.next_ns) return;
  const int met = KillRound({reaper->self, -1}, kill.met < 0);
  const bool has_new = met > kill.met;
  kill.met = met;
  const int longest = kill.id == 0 ? kLongestPauseMs * 20 : kLongestPauseMs;
  kill.pause_ms = has_new ? kShortestPauseMs : kill.pause_ms * 2;
  if (kill.pause_ms > longest) kill.pause_ms = longest;
  // A walk of a big tree takes long: at most half of the time goes into walks.
  const int64_t now_ns = NowNs();
  const int64_t pause_ns = kill.pause_ms * kNsPerMs;
  const int64_t walk_ns = now_ns - started_ns;
  kill.next_ns = now_ns + (pause_ns > walk_ns ? pause_ns : walk_ns);
}

void BeginKill(Reaper* reaper, int32_t id, int64_t deadline_ns) {
  if (reaper->kill.is_on) FinishKill(reaper, true);
  reaper->kill = {true, id, deadline_ns, 0, kShortestPauseMs, -1};
}

void ServeRequest(Reaper* reaper) {
  ReaperRequest request = {};
  const long got =
      RawSyscall(SYS_recvfrom, kReaperSocket, Arg(&request), sizeof(request), MSG_DONTWAIT, 0, 0);
  if (got == -EAGAIN || got == -EINTR) return;
  if (got != static_cast<long>(sizeof(request))) {
    reaper->is_alone = true;
    return;
  }
  if (request.verb == static_cast<int32_t>(ReaperVerb::kill)) {
    BeginKill(reaper, request.id, NowNs() + request.deadline_ms * kNsPerMs);
  } else {
    ReaperReply reply = {};
    reply.id = request.id;
    SignalTree({reaper->self, -1}, request.signal, &reply);
    SendReply(reply);
  }
}

void BeAlone(Reaper* reaper) {
  if (reaper->kill.is_on) FinishKill(reaper, true);
  RawSyscall(SYS_close, kReaperSocket);
  RawSyscall(SYS_close, kReaperExits);
  if (reaper->supervisor >= 0) RawSyscall(SYS_close, reaper->supervisor);
  if (reaper->kills_when_alone) BeginKill(reaper, 0, kNoDeadline);
}

// Until something happens, or the next round of a kill is due.
void WaitForWork(Reaper* reaper, pollfd* entries) {
  const bool has_supervisor = !reaper->is_alone;
  entries[0] = {reaper->signals, POLLIN, 0};
  entries[1] = {has_supervisor ? kReaperSocket : -1, POLLIN, 0};
  entries[2] = {has_supervisor ? reaper->supervisor : -1, POLLIN, 0};
  // POLLERR: the other end was closed. Not asked before the record is in it: then it means nothing.
  const bool is_awaited = has_supervisor && reaper->main_has_ended && !reaper->main_is_reaped;
  entries[3] = {is_awaited ? kReaperExits : -1, 0, 0};
  timespec timeout = {};
  const Kill& kill = reaper->kill;
  if (kill.is_on) {
    const int64_t left = kill.next_ns - NowNs();
    if (left > 0) {
      timeout.tv_sec = left / 1'000'000'000;
      timeout.tv_nsec = left % 1'000'000'000;
    }
  }
  RawSyscall(SYS_ppoll, Arg(entries), 4, kill.is_on ? Arg(&timeout) : 0, 0, 8);
  if (entries[0].revents != 0) {
    signalfd_siginfo ignored[8];
    while (RawSyscall(SYS_read, reaper->signals, Arg(ignored), sizeof(ignored)) > 0) continue;
  }
}

[[noreturn]] void Serve(Reaper* reaper) {
  for (;;) {
    if (!ReapChildren(reaper)) {
      if (reaper->kill.is_on) FinishKill(reaper, false);
      Exit(0);
    }
    Kill& kill = reaper->kill;
    if (kill.is_on) {
      ContinueKill(reaper);
      if (NowNs() > kill.deadline_ns) FinishKill(reaper, true);
    }
    pollfd entries[4];
    WaitForWork(reaper, entries);
    if (entries[3].revents != 0) ReapMain(reaper);
    if (entries[1].revents != 0) ServeRequest(reaper);
    if (entries[2].revents != 0) reaper->is_alone = true;
    const bool was_connected = entries[1].fd >= 0;
    if (was_connected && reaper->is_alone) BeAlone(reaper);
  }
}

// Where a pidfd is to be had it tells the supervisor's end even while a copy of its socket is held
// somewhere.
void WatchSupervisor(Reaper* reaper, const ReaperHello& hello) {
  reaper->kills_when_alone = hello.kills_when_alone != 0;
  reaper->supervisor = static_cast<int>(RawSyscall(SYS_pidfd_open, hello.supervisor_pid, 0));
  // Its number may have gone round before the pidfd was opened.
  if (RawSyscall(SYS_getppid) != hello.supervisor_pid) reaper->is_alone = true;
}

[[noreturn]] void Main() {
  const uint64_t all = ~uint64_t{0};
  RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&all), 0, 8);
  for (int fd = kReaperSocket; fd <= kReaperReport; ++fd) {
    RawSyscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
  }
  const uint64_t child = uint64_t{1} << (SIGCHLD - 1);
  Reaper reaper = {};
  reaper.self = static_cast<int32_t>(RawSyscall(SYS_getpid));
  reaper.signals = static_cast<int>(
      RawSyscall(SYS_signalfd4, -1, Arg(&child), sizeof(child), SFD_CLOEXEC | SFD_NONBLOCK));
  if (reaper.signals < 0 || RawSyscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1) < 0) Exit(1);
  ReaperHello hello = {};
  StartedTask task = {};
  if (!StartTask(&hello, &task)) Exit(1);
  if (task.pidfd >= 0) RawSyscall(SYS_close, task.pidfd);
  reaper.main_pid = task.told.pid;
  // What the plan was relative to was its matter; a file system that we sit in could not be
  // unmounted.
  const char root[] = "/";
  RawSyscall(SYS_chdir, Arg(root));
  WatchSupervisor(&reaper, hello);
  if (reaper.is_alone) BeAlone(&reaper);
  Serve(&reaper);
}

}  // namespace
}  // namespace raw_exec

// NOLINTNEXTLINE(readability-identifier-naming): a name of C, for the assembler
extern "C" [[noreturn]] void raw_exec_bare_main() { raw_exec::Main(); }
