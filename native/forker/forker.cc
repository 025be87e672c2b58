// The forker: a process with a handful of descriptors and a few pages, which clones children for
// its parent.
//
// A clone that copies memory costs what the cloning process holds. This one holds next to nothing,
// so a start through it costs the same whatever its parent has grown to, and a child that changes
// its identity shares memory with nobody. CLONE_PARENT makes the child the parent's own. No libc:
// nothing to initialize, no pages to copy.
//
// It is started with the socket and the report memory as descriptors 3 and 4, dies with its
// parent's engine thread (PR_SET_PDEATHSIG) or when the socket is closed, and shares cwd, root and
// umask with its parent (CLONE_FS), so that its children start where the parent is now.
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>

#include "../core/child.h"
#include "../core/clone_raw.h"
#include "../core/kernel_features.h"
#include "../core/plan_wire.h"
#include "../core/raw_syscall.h"

namespace raw_exec {
namespace {

constexpr int kMaxDescriptors = kMaxStdio + 3;

struct Received {
  WireRequest request;
  int fds[kMaxDescriptors];
  int fd_count;
};

alignas(16) char blob_buffer[kInlineWireSize];
ForkerMemory* memory = nullptr;

[[noreturn]] void Exit(int status) {
  for (;;) RawSyscall(SYS_exit_group, status);
}

void CloseAll(const Received& received) {
  for (int i = 0; i < received.fd_count; ++i) RawSyscall(SYS_close, received.fds[i]);
}

// One request; false at the end of the socket.
bool Receive(Received* received) {
  iovec parts[2] = {{&received->request, sizeof(received->request)},
                    {blob_buffer, sizeof(blob_buffer)}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  long size = 0;
  do {
    size = RawSyscall(SYS_recvmsg, kForkerSocket, Arg(&message), MSG_CMSG_CLOEXEC);
  } while (size == -EINTR);
  if (size <= 0) return false;
  received->fd_count = 0;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    const int count = static_cast<int>((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    const int* fds = reinterpret_cast<const int*>(CMSG_DATA(header));
    for (int i = 0; i < count; ++i) received->fds[i] = fds[i];
    received->fd_count = count;
  }
  return true;
}

void Reply(int pid, int pidfd) {
  WireReply reply = {pid, pidfd >= 0 ? 1 : 0};
  iovec part = {&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (pidfd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    *reinterpret_cast<int*>(CMSG_DATA(header)) = pidfd;
  }
  RawSyscall(SYS_sendmsg, kForkerSocket, Arg(&message), MSG_NOSIGNAL);
}

// Descriptors got whatever numbers were free. The report pipe has to survive the child's moves, so
// it goes above them. False when there is no number left.
bool KeepAbove(int* fd, int count) {
  if (*fd >= count) return true;
  const long copy = RawSyscall(SYS_fcntl, *fd, F_DUPFD_CLOEXEC, count);
  if (copy < 0) return false;
  RawSyscall(SYS_close, *fd);
  *fd = static_cast<int>(copy);
  return true;
}

// Our parent does not know of this child and cannot wait for it: it leaves its number and ends.
[[noreturn]] void EndUnclaimed(int32_t pid) {
  const uint32_t at = __atomic_fetch_add(&memory->late_count, 1, __ATOMIC_ACQ_REL);
  __atomic_store_n(&memory->late_pids[at % kLatePids], pid, __ATOMIC_RELEASE);
  Exit(127);
}

void RunChild(const void* argument) noexcept {
  const SpawnPlan* plan = static_cast<const SpawnPlan*>(argument);
  int32_t claim = plan->claim;
  const int32_t pid = static_cast<int32_t>(RawSyscall(SYS_getpid));
  if (!__atomic_compare_exchange_n(&plan->report->pid, &claim, pid, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE)) {
    EndUnclaimed(pid);
  }
  ChildMain(plan);
}

long CloneChild(const WireRequest& request, SpawnPlan* plan, int cgroup_fd, int32_t* pidfd) {
  CloneRequest clone = {};
  clone.flags = CLONE_PARENT;
  if ((request.features & kPidfd) != 0) {
    clone.flags |= CLONE_PIDFD;
    clone.pidfd = pidfd;
  }
  if (cgroup_fd >= 0) {
    clone.flags |= CLONE_INTO_CGROUP;
    clone.cgroup_fd = cgroup_fd;
  }
  return CloneInto(clone, (request.features & kClone3) != 0, RunChild, plan);
}

void Serve(Received* received) {
  const WireRequest& request = received->request;
  const bool has_cgroup = request.has_cgroup_fd != 0;
  const bool is_in_memfd = request.blob_in_memfd != 0;
  if (request.version != kWireVersion || request.report_slot >= kReportSlots ||
      request.fd_count < 1U + (has_cgroup ? 1U : 0U) + (is_in_memfd ? 1U : 0U)) {
    CloseAll(*received);
    Reply(-EPROTO, -1);
    return;
  }
  if (static_cast<uint32_t>(received->fd_count) != request.fd_count) {
    CloseAll(*received);
    Reply(-EMFILE, -1);
    return;
  }
  char* blob = blob_buffer;
  if (is_in_memfd) {
    const long mapped = RawSyscall(SYS_mmap, 0, request.blob_size, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE, received->fds[received->fd_count - 1], 0);
    if (mapped < 0) {
      CloseAll(*received);
      Reply(static_cast<int>(mapped), -1);
      return;
    }
    blob = reinterpret_cast<char*>(mapped);
  }
  SpawnPlan* plan = RelocatePlan(blob);
  const int* stdio = received->fds + (has_cgroup ? 2 : 1);
  StdioSlot* slots = const_cast<StdioSlot*>(plan->stdio);
  for (int i = 0; i < plan->stdio_count; ++i) {
    if (slots[i].source == StdioSource::descriptor) slots[i].fd = stdio[slots[i].fd];
  }
  plan->report = &memory->reports[request.report_slot];
  int32_t pidfd = -1;
  long pid = -EMFILE;
  if (KeepAbove(&received->fds[0], plan->stdio_count)) {
    plan->hold_fd = received->fds[0];
    pid = CloneChild(request, plan, has_cgroup ? received->fds[1] : -1, &pidfd);
  }
  Reply(static_cast<int>(pid), pidfd);
  if (pidfd >= 0) RawSyscall(SYS_close, pidfd);
  CloseAll(*received);
  if (is_in_memfd) RawSyscall(SYS_munmap, Arg(blob), request.blob_size);
}

[[noreturn]] void Main() {
  const uint64_t all = ~uint64_t{0};
  RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&all), 0, 8);
  const long mapped = RawSyscall(SYS_mmap, 0, sizeof(ForkerMemory), PROT_READ | PROT_WRITE,
                                 MAP_SHARED, kForkerReports, 0);
  if (mapped < 0) Exit(1);
  memory = reinterpret_cast<ForkerMemory*>(mapped);
  RawSyscall(SYS_close, kForkerReports);
  // Close-on-exec, so that no child can inherit the socket even if it never reaches its own
  // closing.
  RawSyscall(SYS_fcntl, kForkerSocket, F_SETFD, FD_CLOEXEC);
  Received received = {};
  while (Receive(&received)) Serve(&received);
  Exit(0);
}

}  // namespace
}  // namespace raw_exec

// There is nothing to set up: neither arguments nor the environment are read. The stack is aligned
// as a call expects it.
#if defined(__x86_64__)
asm(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tandq $-16, %rsp\n\tcall raw_exec_forker_main\n");
#else
asm(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x30, xzr\n\tb raw_exec_forker_main\n");
#endif

// NOLINTNEXTLINE(readability-identifier-naming): a name of C, for the assembler
extern "C" [[noreturn]] void raw_exec_forker_main() { raw_exec::Main(); }

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
