// Entry point and system calls for programs built with -nostdlib.
#pragma once

#if defined(__x86_64__)
enum { kWrite = 1, kAlarm = 37, kPpoll = 271, kExitGroup = 231 };

__asm__(
    ".globl _start\n_start:\n  xor %ebp, %ebp\n  mov (%rsp), %rdi\n  lea 8(%rsp), %rsi\n  and "
    "$-16, %rsp\n"
    "  call Main\n");

static inline long Call4(long number, long a, long b, long c, long d) {
  register long r10 __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}
#else
#error "the benchmark's programs know x86-64 only"
#endif

static inline long Call1(long number, long a) { return Call4(number, a, 0, 0, 0); }

__attribute__((noreturn)) static inline void Exit(long code) {
  for (;;) Call1(kExitGroup, code);
}

__attribute__((noreturn, used)) void Main(long argc, char** argv);
