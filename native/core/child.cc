// Everything in this file is async-signal safe by construction: it makes system calls and touches
// its own stack and the report, nothing else. check-child-symbols holds it to that: the object may
// not refer to any outside symbol.
#include "child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>

#include "raw_syscall.h"

namespace raw_exec {
namespace {

constexpr long kKernelSigsetSize = 8;

// struct sigaction as the kernel reads it; libc's has another layout.
struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

[[noreturn]] void Exit() {
  for (;;) RawSyscall(SYS_exit_group, 127);
}

[[noreturn]] void Fail(const SpawnPlan* plan, Step step, long negative_errno, int detail = -1) {
  plan->report->step = static_cast<int32_t>(step);
  plan->report->detail = detail;
  plan->report->error = static_cast<int32_t>(-negative_errno);
  Exit();
}

void At(const SpawnPlan* plan, Step step) { plan->report->step = static_cast<int32_t>(step); }

void Check(const SpawnPlan* plan, Step step, long result, int detail = -1) {
  if (result < 0) Fail(plan, step, result, detail);
}

long Open(const char* path, int flags, unsigned mode = 0) {
  long result = 0;
  do {
    result = RawSyscall(SYS_openat, AT_FDCWD, Arg(path), flags, static_cast<long>(mode));
  } while (result == -EINTR);
  return result;
}

void Close(long fd) { RawSyscall(SYS_close, fd); }

long Length(const char* text) {
  long length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

// The whole text in one write: the files under /proc and /sys/fs/cgroup take no part of a value.
long WriteFile(const char* path, const char* text) {
  const long fd = Open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  const long written = RawSyscall(SYS_write, fd, Arg(text), Length(text));
  Close(fd);
  return written < 0 ? written : 0;
}

// SIG_IGN is inherited through execve and Node ignores SIGPIPE; a handler must never run in memory
// that is shared with the parent, nor in a copy of it that shares its descriptors.
// CLONE_CLEAR_SIGHAND (5.5) resets the handlers but keeps what is ignored; then the plan says what
// that is. Else all are set, at the price of a system call each.
void ResetSignals(const SpawnPlan* plan) {
  const KernelSigaction action = {};  // SIG_DFL is the null pointer
  constexpr uint64_t kStandard = (uint64_t{1} << 31) - 1;
  constexpr uint64_t kUnchangeable = uint64_t{1} << (SIGKILL - 1) | uint64_t{1} << (SIGSTOP - 1);
  uint64_t left = plan->handlers_cleared ? plan->ignored_signals : kStandard & ~kUnchangeable;
  while (left != 0) {
    const int signal = __builtin_ctzll(left) + 1;
    left &= left - 1;
    Check(plan, Step::signals,
          RawSyscall(SYS_rt_sigaction, signal, Arg(&action), 0, kKernelSigsetSize), signal);
  }
}

// The death signal is tied to the thread that cloned, and lost when the parent died before it was
// armed: hence the check.
void ArmParentDeathSignal(const SpawnPlan* plan) {
  At(plan, Step::parentDeathSignal);
  Check(plan, Step::parentDeathSignal,
        RawSyscall(SYS_prctl, PR_SET_PDEATHSIG, plan->parent_death_signal));
  if (RawSyscall(SYS_getppid) != plan->parent_pid) Fail(plan, Step::parentDeathSignal, -ESRCH);
}

void JoinSession(const SpawnPlan* plan) {
  if (plan->new_session) {
    At(plan, Step::newSession);
    Check(plan, Step::newSession, RawSyscall(SYS_setsid));
  } else if (plan->process_group >= 0) {
    At(plan, Step::processGroup);
    Check(plan, Step::processGroup, RawSyscall(SYS_setpgid, 0, plan->process_group));
  }
}

// dir + "/" + name into buffer; false when it does not fit.
bool JoinPath(char* buffer, long size, const char* directory, const char* name) {
  const long directory_length = Length(directory);
  const long name_length = Length(name);
  if (directory_length + name_length + 2 > size) return false;
  char* out = buffer;
  for (long i = 0; i < directory_length; ++i) *out++ = directory[i];
  *out++ = '/';
  for (long i = 0; i <= name_length; ++i) *out++ = name[i];
  return true;
}

// A child has one thread, so "tasks" moves all of it, and without the RCU grace period that a write
// to cgroup.procs costs on v1 (7 to 11 ms per controller on 6.18).
void JoinCgroups(const SpawnPlan* plan) {
  for (int i = 0; i < plan->cgroup_v1_count; ++i) {
    At(plan, Step::cgroupV1);
    char path[4096];
    if (!JoinPath(path, sizeof(path), plan->cgroup_v1[i], "tasks")) {
      Fail(plan, Step::cgroupV1, -ENAMETOOLONG, i);
    }
    long result = WriteFile(path, "0");
    if (result == -ENOENT || result == -EPERM || result == -EINVAL || result == -EOPNOTSUPP) {
      const long refused = result;
      JoinPath(path, sizeof(path), plan->cgroup_v1[i], "cgroup.procs");
      result = WriteFile(path, "0");
      if (result == -ENOENT) result = refused;
    }
    Check(plan, Step::cgroupV1, result, i);
  }
  if (plan->cgroup_v2_procs != nullptr) {
    At(plan, Step::cgroupV2);
    Check(plan, Step::cgroupV2, WriteFile(plan->cgroup_v2_procs, "0"));
  }
}

void SetRlimits(const SpawnPlan* plan, bool nofile) {
  for (int i = 0; i < plan->rlimit_count; ++i) {
    const Rlimit& limit = plan->rlimits[i];
    if ((limit.resource == RLIMIT_NOFILE) != nofile) continue;
    const uint64_t values[2] = {limit.soft, limit.hard};
    At(plan, Step::resourceLimit);
    Check(plan, Step::resourceLimit, RawSyscall(SYS_prlimit64, 0, limit.resource, Arg(values), 0),
          i);
  }
}

void SetScheduling(const SpawnPlan* plan) {
  if (plan->set_nice) {
    Check(plan, Step::nice, RawSyscall(SYS_setpriority, PRIO_PROCESS, 0, plan->nice));
  }
  if (plan->cpu_mask_words > 0) {
    Check(plan, Step::cpuAffinity,
          RawSyscall(SYS_sched_setaffinity, 0,
                     plan->cpu_mask_words * static_cast<long>(sizeof(uint64_t)),
                     Arg(plan->cpu_mask)));
  }
}

void EnterNetworkNamespace(const SpawnPlan* plan) {
  if (plan->network_namespace == nullptr) return;
  At(plan, Step::networkNamespace);
  const long fd = Open(plan->network_namespace, O_RDONLY | O_CLOEXEC);
  Check(plan, Step::networkNamespace, fd);
  Check(plan, Step::networkNamespace, RawSyscall(SYS_setns, fd, CLONE_NEWNET));
  Close(fd);
}

// dup3 refuses equal numbers: then only FD_CLOEXEC has to go.
long MoveTo(long source, int target) {
  if (source == target) return RawSyscall(SYS_fcntl, target, F_SETFD, 0);
  long result = 0;
  do {
    result = RawSyscall(SYS_dup3, source, target, 0);
  } while (result == -EINTR || result == -EBUSY);
  return result;
}

// Two passes, so that no source is overwritten before it was moved: first every source that lies in
// the range of the targets gets a copy above it, then each target is filled.
void MoveDescriptors(const SpawnPlan* plan) {
  const int count = plan->stdio_count;
  int sources[kMaxStdio];
  At(plan, Step::stdio);
  for (int i = 0; i < count; ++i) {
    const StdioSlot& slot = plan->stdio[i];
    sources[i] = slot.fd;
    if (slot.source != StdioSource::descriptor || slot.fd >= count || slot.fd == i) continue;
    const long copy = RawSyscall(SYS_fcntl, slot.fd, F_DUPFD_CLOEXEC, count);
    Check(plan, Step::stdio, copy, i);
    sources[i] = static_cast<int>(copy);
  }
  for (int i = 0; i < count; ++i) {
    const StdioSlot& slot = plan->stdio[i];
    if (slot.source == StdioSource::closed) {
      Close(i);
    } else if (slot.source == StdioSource::descriptor) {
      Check(plan, Step::stdio, MoveTo(sources[i], i), i);
    } else {
      const long fd = Open(slot.path, slot.flags, slot.mode);
      Check(plan, Step::stdio, fd, i);
      Check(plan, Step::stdio, MoveTo(fd, i), i);
      if (fd != i) Close(fd);
    }
  }
}

void SetIdentity(const SpawnPlan* plan) {
  if (plan->set_groups) {
    Check(plan, Step::groups, RawSyscall(SYS_setgroups, plan->group_count, Arg(plan->groups)));
  }
  if (plan->set_gid) {
    Check(plan, Step::gid, RawSyscall(SYS_setresgid, plan->gid, plan->gid, plan->gid));
  }
  if (plan->set_uid) {
    Check(plan, Step::uid, RawSyscall(SYS_setresuid, plan->uid, plan->uid, plan->uid));
  }
}

struct Dirent64 {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[1];
};

// Without close_range (before 5.9): mark what /proc/self/fd lists. Marking instead of closing keeps
// the listing steady.
long MarkOthersByListing(int first) {
  const long directory = Open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return directory;
  alignas(Dirent64) char buffer[2048] = {};
  for (;;) {
    const long size = RawSyscall(SYS_getdents64, directory, Arg(buffer), sizeof(buffer));
    if (size <= 0) {
      Close(directory);
      return size;
    }
    for (long at = 0; at < size;) {
      const Dirent64* entry = reinterpret_cast<const Dirent64*>(buffer + at);
      at += entry->length;
      const char* digit = reinterpret_cast<const char*>(entry) + offsetof(Dirent64, name);
      if (*digit == '.') continue;
      long fd = 0;
      for (; *digit != '\0'; ++digit) fd = fd * 10 + (*digit - '0');
      if (fd >= first) RawSyscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
    }
  }
}

// Nothing that is not in the plan reaches the program. Marked, not closed: execve lets go of the
// parent's memory, and with it of a parent that waits in vfork, before it closes what is marked, so
// closing is no part of the call. Before CLOSE_RANGE_CLOEXEC (5.11) they are closed at once, or
// marked one by one where one has to live until execve.
void CloseOthers(const SpawnPlan* plan) {
  const int first = plan->stdio_count;
  long result = -ENOSYS;
  if (plan->has_close_range) {
    result = RawSyscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
    if (result == -EINVAL && plan->hold_fd < 0) {
      result = RawSyscall(SYS_close_range, first, ~0U, 0);
    }
  }
  if (result == -ENOSYS || result == -EINVAL || result == -EPERM) {
    result = MarkOthersByListing(first);
  }
  Check(plan, Step::closeOthers, result);
}

}  // namespace

void ChildMain(const SpawnPlan* plan) noexcept {
  if (plan->unshare_from > 0) {
    At(plan, Step::unshareFiles);
    Check(plan, Step::unshareFiles,
          RawSyscall(SYS_close_range, plan->unshare_from, ~0U, CLOSE_RANGE_UNSHARE));
    // It may have got the number of a descriptor that the plan wants and the parent has closed.
    if (*plan->own_pidfd < plan->unshare_from) Close(*plan->own_pidfd);
  }
  ResetSignals(plan);
  JoinSession(plan);
  if (plan->parent_death_signal != 0) ArmParentDeathSignal(plan);
  JoinCgroups(plan);
  // Before the identity changes: a lower value needs CAP_SYS_RESOURCE.
  if (plan->oom_score_adj != nullptr) {
    At(plan, Step::oomScoreAdj);
    Check(plan, Step::oomScoreAdj, WriteFile("/proc/self/oom_score_adj", plan->oom_score_adj));
  }
  SetRlimits(plan, false);
  SetScheduling(plan);
  if (plan->umask >= 0) RawSyscall(SYS_umask, plan->umask);
  EnterNetworkNamespace(plan);
  if (plan->no_new_privs) {
    Check(plan, Step::noNewPrivs, RawSyscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  }
  MoveDescriptors(plan);
  if (plan->controlling_terminal) {
    Check(plan, Step::controllingTerminal, RawSyscall(SYS_ioctl, 0, TIOCSCTTY, 0));
  }
  // After all that takes descriptors: a limit of 16 would refuse a move to slot 17.
  CloseOthers(plan);
  SetRlimits(plan, true);
  if (plan->cwd != nullptr) {
    At(plan, Step::cwd);
    Check(plan, Step::cwd, RawSyscall(SYS_chdir, Arg(plan->cwd)));
  }
  SetIdentity(plan);
  // A change of identity clears the death signal (prctl(2)).
  if (plan->parent_death_signal != 0 && (plan->set_uid || plan->set_gid)) {
    ArmParentDeathSignal(plan);
  }
  const uint64_t no_signals = 0;
  Check(plan, Step::signalMask,
        RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&no_signals), 0, kKernelSigsetSize));
  At(plan, Step::exec);
  const long result = RawSyscall(SYS_execve, Arg(plan->file), Arg(plan->argv), Arg(plan->envp));
  Fail(plan, Step::exec, result);
}

}  // namespace raw_exec
