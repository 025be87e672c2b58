#include "child_entry.h"

#include <signal.h>
#include <sys/syscall.h>

#include <cerrno>

#include "../core/child.h"
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
