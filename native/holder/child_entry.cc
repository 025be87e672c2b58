#include "child_entry.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>

#include "../core/cgroup_v2.h"
#include "../core/child.h"
#include "../core/clone_raw.h"
#include "../core/sys.h"

namespace raw_exec {
namespace {

constexpr int kFirstFd = 3;

[[noreturn]] void Exit() {
  for (;;) RawSyscall(SYS_exit_group, 127);
}

void CloseRange(int first, unsigned last) {
  if (RawSyscall(SYS_close_range, first, static_cast<long>(last), 0) == 0) return;
  // Before 5.9. Our own descriptors are those of a program that has never had many.
  constexpr unsigned kMost = 1024;
  for (unsigned fd = static_cast<unsigned>(first); fd <= last && fd < kMost; ++fd) {
    RawSyscall(SYS_close, static_cast<long>(fd));
  }
}

void CloseAllBut(const int* kept, int count) {
  int next = kFirstFd;
  for (int i = 0; i < count; ++i) {
    if (kept[i] > next) CloseRange(next, static_cast<unsigned>(kept[i] - 1));
    if (kept[i] >= next) next = kept[i] + 1;
  }
  CloseRange(next, ~0U);
}

// In the task's group at once; where that is not to be had, the child joins by itself.
int32_t CloneTask(const ReaperEntry& entry) {
  CloneRequest clone = {};
  clone.exit_signal = SIGCHLD;
  clone.flags = entry.clone_flags;
  clone.cgroup_fd = entry.cgroup_fd;
  long pid = CloneInto(clone, entry.has_clone3, RunTaskChild, &entry.task);
  if (pid < 0 && (clone.flags & CLONE_INTO_CGROUP) != 0 && MeansNoIntoCgroup(pid)) {
    clone.flags &= ~static_cast<uint64_t>(CLONE_INTO_CGROUP);
    entry.plan->cgroup_v2_procs = entry.procs;
    pid = CloneInto(clone, entry.has_clone3, RunTaskChild, &entry.task);
  }
  return static_cast<int32_t>(pid);
}

// Without it, for want of space, nobody will know that this process was killed, if it is. It does
// not stay open: a file system with files that are open for writing cannot be made read-only.
void MakeMark(const ReaperEntry& entry) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const long fd = RawSyscall(SYS_openat, entry.tasks_fd, Arg(entry.mark), kFlags, 0600);
  if (fd >= 0) RawSyscall(SYS_close, fd);
}

char* LastOf(char* const* argv) {
  while (argv[1] != nullptr) ++argv;
  return *argv;
}

void WriteDecimal(int32_t number, char* text) {
  char digits[kPidDigits];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  while (count > 0) *text++ = digits[--count];
  *text = '\0';
}

// Open over execve. What else has that number is close-on-exec, and not needed any more.
bool MoveTo(int target, int fd) {
  if (fd == target) return RawSyscall(SYS_fcntl, fd, F_SETFD, 0) == 0;
  return RawSyscall(SYS_dup3, fd, target, 0) == target;
}

}  // namespace

void RunTaskChild(const void* argument) noexcept {
  const TaskEntry* entry = static_cast<const TaskEntry*>(argument);
  CloseAllBut(entry->kept, entry->kept_count);
  char go = 0;
  long got = 0;
  do {
    got = RawSyscall(SYS_read, entry->plan->hold_fd, Arg(&go), sizeof(go));
  } while (got == -EINTR);
  if (got != sizeof(go)) Exit();
  ChildMain(entry->plan);
}

void RunReaperChild(const void* argument) noexcept {
  const ReaperEntry* entry = static_cast<const ReaperEntry*>(argument);
  CloseAllBut(entry->kept, entry->kept_count);
  RawSyscall(SYS_setsid);
  if (RawSyscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1) < 0) Exit();
  SpawnPlan* plan = entry->plan;
  plan->parent_pid = static_cast<int32_t>(RawSyscall(SYS_getpid));
  // Without the reaper nobody would see the task's end: a task that kills its reaper ends itself.
  plan->parent_death_signal = SIGKILL;
  MakeMark(*entry);
  const int32_t pid = CloneTask(*entry);
  if (RawSyscall(SYS_write, plan->hold_fd, Arg(&pid), sizeof(pid)) != sizeof(pid) || pid < 0) {
    Exit();
  }
  WriteDecimal(pid, LastOf(entry->argv));
  if (!MoveTo(kReaperTasksFd, entry->tasks_fd)) Exit();
  RawSyscall(SYS_execve, Arg(entry->path), Arg(entry->argv), Arg(entry->envp));
  Exit();
}

void RunProgramChild(const void* argument) noexcept {
  const ProgramEntry* program = static_cast<const ProgramEntry*>(argument);
  CloseAllBut(nullptr, 0);
  RawSyscall(SYS_setsid);
  const uint64_t no_signals = 0;
  RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&no_signals), 0, sizeof(no_signals));
  RawSyscall(SYS_execve, Arg(program->path), Arg(program->argv), Arg(program->envp));
  Exit();
}

}  // namespace raw_exec
