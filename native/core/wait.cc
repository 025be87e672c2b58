#include "wait.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include <cerrno>
#include <memory>

#include "sys.h"

namespace raw_exec {
namespace {

constexpr int64_t kKiB = 1024;

int64_t Microseconds(const timeval& time) {
  return static_cast<int64_t>(time.tv_sec) * 1'000'000 + time.tv_usec;
}

void Fill(const siginfo_t& info, const rusage& usage, ExitInfo* out) {
  if (info.si_code == CLD_EXITED) {
    out->code = info.si_status;
  } else {
    out->signal = info.si_status;
    out->core_dumped = info.si_code == CLD_DUMPED;
  }
  out->user_cpu_us = Microseconds(usage.ru_utime);
  out->system_cpu_us = Microseconds(usage.ru_stime);
  out->max_rss_bytes = usage.ru_maxrss * kKiB;  // getrusage(2): kilobytes
}

struct Waiter {
  pid_t pid;
  int event_fd;
};

void* WaitForOne(void* argument) {
  UnblockLibcSignals();
  const std::unique_ptr<Waiter> waiter(static_cast<Waiter*>(argument));
  siginfo_t info = {};
  while (Waitid(kIdTypePid, waiter->pid, &info, WEXITED | WNOWAIT | kWaitAll, nullptr) == -EINTR) {
  }
  const uint64_t one = 1;
  RawSyscall(SYS_write, waiter->event_fd, Arg(&one), sizeof(one));
  close(waiter->event_fd);
  return nullptr;
}

// A thread for each process: dear, but only where there is no pidfd, and exact.
UniqueFd StartWaiter(pid_t pid) {
  UniqueFd fd = AboveStdio(UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)));
  if (!fd) return fd;
  const int for_thread = fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
  if (for_thread < 0) return UniqueFd();
  auto waiter = std::make_unique<Waiter>(Waiter{pid, for_thread});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, size_t{64} * 1024);
  pthread_t thread = 0;
  int error = 0;
  {
    const AllSignalsBlocked inherited_by_the_thread;
    error = pthread_create(&thread, &attributes, WaitForOne, waiter.get());
  }
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    close(for_thread);
    errno = error;
    return UniqueFd();
  }
  (void)waiter.release();  // the thread's now
  return fd;
}

}  // namespace

bool TryReap(pid_t pid, int exit_fd, bool is_pidfd, ExitInfo* out) {
  siginfo_t info = {};
  rusage usage = {};
  long result = 0;
  do {
    result = Waitid(is_pidfd ? kIdTypePidfd : kIdTypePid, is_pidfd ? exit_fd : pid, &info,
                    WEXITED | WNOHANG | kWaitAll, &usage);
  } while (result == -EINTR);
  if (result < 0) {
    out->wait_errno = static_cast<int32_t>(-result);
    return true;
  }
  if (info.si_pid == 0) return false;
  Fill(info, usage, out);
  return true;
}

void Reap(pid_t pid, ExitInfo* out) {
  siginfo_t info = {};
  rusage usage = {};
  long result = 0;
  do {
    result = Waitid(kIdTypePid, pid, &info, WEXITED | kWaitAll, &usage);
  } while (result == -EINTR);
  if (result < 0) {
    out->wait_errno = static_cast<int32_t>(-result);
  } else {
    Fill(info, usage, out);
  }
}

int SendSignal(pid_t pid, int exit_fd, bool is_pidfd, int signal) {
  const long result =
      is_pidfd
          ? PidfdSendSignal(exit_fd, signal)
          : RawSyscall(SYS_kill, pid, signal);  // NOLINT: unreaped, so the pid is still its own
  return static_cast<int>(-result);
}

UniqueFd OpenExitFd(pid_t pid, bool has_pidfd, bool* is_pidfd) {
  *is_pidfd = has_pidfd;
  if (!has_pidfd) return StartWaiter(pid);
  const long fd = PidfdOpen(pid);
  if (fd < 0) {
    errno = static_cast<int>(-fd);
    return UniqueFd();
  }
  return AboveStdio(UniqueFd(static_cast<int>(fd)));
}

}  // namespace raw_exec
