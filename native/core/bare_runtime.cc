// What the executables without libc begin with, and what the compiler calls in them.
//
// There is nothing to set up: neither arguments nor the environment are read. The stack is aligned
// as a call expects it.
#if defined(__x86_64__)
asm(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tandq $-16, %rsp\n\tcall raw_exec_bare_main\n");
#else
asm(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x30, xzr\n\tb raw_exec_bare_main\n");
#endif

// The compiler may call these for copies and clearings whatever the flags say.
// NOLINTBEGIN(readability-identifier-naming): the names are the compiler's
extern "C" void* memcpy(void* to, const void* from, unsigned long size) {
  char* out = static_cast<char*>(to);
  const char* in = static_cast<const char*>(from);
  for (unsigned long i = 0; i < size; ++i) out[i] = in[i];
  return to;
}
extern "C" void* memset(void* to, int value, unsigned long size) {
  char* out = static_cast<char*>(to);
  for (unsigned long i = 0; i < size; ++i) out[i] = static_cast<char>(value);
  return to;
}
// NOLINTEND(readability-identifier-naming)
