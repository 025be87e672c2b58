#include "clone_raw.h"

#include <linux/sched.h>
#include <sys/syscall.h>

#include <cerrno>

#include "raw_syscall.h"

namespace raw_exec {
namespace {

static_assert(sizeof(clone_args) >= 88, "clone_args up to cgroup (CLONE_ARGS_SIZE_VER2, 5.7)");

// A new stack means that the child cannot return through the caller's frame: it calls the function
// at once. Both numbers are kept in registers, since the child's stack is empty.
#if defined(__x86_64__)
long CloneOntoStack(long number, long a, long b, long c, long d, long e, ChildFunction function,
                    const void* argument) {
  long result = 0;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register ChildFunction r12 asm("r12") = function;
  register const void* r13 asm("r13") = argument;
  asm volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"
      "movq %%r13, %%rdi\n\t"
      "callq *%%r12\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r12), "r"(r13)
      : "rcx", "r11", "memory");
  return result;
}
#else
long CloneOntoStack(long number, long a, long b, long c, long d, long e, ChildFunction function,
                    const void* argument) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register ChildFunction x19 asm("x19") = function;
  register const void* x20 asm("x20") = argument;
  asm volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x20\n\t"
      "blr x19\n\t"
      "brk #1\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x19), "r"(x20)
      : "memory", "cc");
  return x0;
}
#endif

long Clone3(const CloneRequest& request, ChildFunction function, const void* argument) {
  clone_args args = {};
  args.flags = request.flags;
  args.pidfd = static_cast<uint64_t>(Arg(request.pidfd));
  args.exit_signal = static_cast<uint64_t>(request.exit_signal);
  args.stack = static_cast<uint64_t>(Arg(request.stack));
  args.stack_size = request.stack_size;
  // Older kernels refuse a size that they do not know unless the rest is zero, so the group is told
  // only when there is one.
  long size = 64;
  if ((request.flags & CLONE_INTO_CGROUP) != 0) {
    args.cgroup = static_cast<uint64_t>(request.cgroup_fd);
    size = 88;
  }
  if (request.stack != nullptr) {
    return CloneOntoStack(SYS_clone3, Arg(&args), size, 0, 0, 0, function, argument);
  }
  const long result = RawSyscall(SYS_clone3, Arg(&args), size);
  if (result == 0) function(argument);
  return result;
}

}  // namespace

long CloneInto(const CloneRequest& request, bool has_clone3, ChildFunction function,
               const void* argument) noexcept {
  if (has_clone3) return Clone3(request, function, argument);
  if ((request.flags >> 32) != 0) return -EINVAL;
  const long flags = static_cast<long>(request.flags) | request.exit_signal;
  if (request.stack != nullptr) {
    char* top = static_cast<char*>(request.stack) + request.stack_size;
    return CloneOntoStack(SYS_clone, flags, Arg(top), Arg(request.pidfd), 0, 0, function, argument);
  }
  const long result = RawSyscall(SYS_clone, flags, 0, Arg(request.pidfd), 0, 0);
  if (result == 0) function(argument);
  return result;
}

}  // namespace raw_exec
