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
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>

#include "../core/bare_request.h"
#include "../core/child.h"
#include "../core/raw_syscall.h"

namespace raw_exec {
namespace {

ForkerMemory* memory = nullptr;

[[noreturn]] void Exit(int status) {
  for (;;) RawSyscall(SYS_exit_group, status);
}

void Reply(int pid, int pidfd) {
  const WireReply reply = {pid, pidfd >= 0 ? 1 : 0};
  SendWithDescriptor(kForkerSocket, &reply, sizeof(reply), pidfd);
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

void Serve(Received* received) {
  int32_t pidfd = -1;
  long pid = 0;
  SpawnPlan* plan = OpenPlan(received, &pid);
  if (plan != nullptr) {
    plan->report = &memory->reports[received->request.report_slot];
    pid = ClonePlanned(*received, CLONE_PARENT, 0, &pidfd, RunChild, plan);
  }
  Reply(static_cast<int>(pid), pidfd);
  if (pidfd >= 0) RawSyscall(SYS_close, pidfd);
  CloseRequest(*received);
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
  while (Receive(kForkerSocket, &received)) Serve(&received);
  Exit(0);
}

}  // namespace
}  // namespace raw_exec

// NOLINTNEXTLINE(readability-identifier-naming): a name of C, for the assembler
extern "C" [[noreturn]] void raw_exec_bare_main() { raw_exec::Main(); }
