#define _GNU_SOURCE
#include "clone_floor.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kStackSize = 64 * 1024 };

static int FirstUnneeded(const struct FloorPlan* plan) {
  int highest = plan->null_fd;
  if (plan->stdout_fd > highest) highest = plan->stdout_fd;
  if (plan->join_fd > highest) highest = plan->join_fd;
  return highest + 1;
}

__attribute__((noreturn)) static void Child(const struct FloorPlan* plan) {
  if (plan->keeps_promises) {
    syscall(SYS_close_range, FirstUnneeded(plan), ~0U, CLOSE_RANGE_UNSHARE);
  }
  const int out = plan->stdout_fd >= 0 ? plan->stdout_fd : plan->null_fd;
  if (plan->join_fd >= 0 && write(plan->join_fd, "0", 1) != 1) _exit(126);
  if (dup2(plan->null_fd, 0) < 0 || dup2(out, 1) < 0 || dup2(plan->null_fd, 2) < 0) _exit(126);
  if (plan->keeps_promises) {
    const sigset_t none = {0};
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
  }
  execve(plan->file, plan->argv, plan->env);
  _exit(127);
}

#if defined(__x86_64__)
// The child starts on its own stack, so it must not return through this frame: it calls Child
// instead.
static long Clone3(struct clone_args* args, const struct FloorPlan* plan) {
  register const struct FloorPlan* child_plan __asm__("r12") = plan;
  register void (*child)(const struct FloorPlan*) __asm__("r13") = Child;
  long result;
  __asm__ volatile(
      "syscall\n  test %%rax, %%rax\n  jnz 1f\n"
      "  xor %%ebp, %%ebp\n  mov %%r12, %%rdi\n  call *%%r13\n  hlt\n1:\n"
      : "=a"(result)
      : "a"((long)SYS_clone3), "D"(args), "S"(sizeof *args), "r"(child_plan), "r"(child)
      : "rcx", "r11", "memory");
  return result;
}
#else
#error "the C floor knows x86-64 only"
#endif

pid_t FloorSpawn(const struct FloorPlan* plan, int* pidfd) {
  static void* stack;
  if (stack == NULL) {
    stack = mmap(NULL, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) abort();
  }
  struct clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
      .pidfd = (uintptr_t)pidfd,
      .exit_signal = SIGCHLD,
      .stack = (uintptr_t)stack,
      .stack_size = kStackSize,
  };
  if (plan->cgroup_fd >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)plan->cgroup_fd;
  }
  sigset_t all;
  sigset_t before;
  if (plan->keeps_promises) {
    args.flags |= CLONE_FILES | CLONE_CLEAR_SIGHAND;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
  }
  const long pid = Clone3(&args, plan);
  if (plan->keeps_promises) sigprocmask(SIG_SETMASK, &before, NULL);
  if (pid >= 0) return (pid_t)pid;
  errno = (int)-pid;
  return -1;
}

int FloorReap(int pidfd) {
  siginfo_t info = {0};
  if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0) return -1;
  close(pidfd);
  return info.si_code == CLD_EXITED && info.si_status == 0 ? 0 : -1;
}
