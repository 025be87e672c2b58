#include "probe_child.h"

#include <linux/close_range.h>
#include <sys/syscall.h>

#include "raw_syscall.h"
#include "sys.h"

namespace raw_exec {

void ProbeChild(const void* argument) noexcept {
  volatile ChildProbe* probe = static_cast<volatile ChildProbe*>(const_cast<void*>(argument));
  // A range above every descriptor: nothing is closed. UNSHARE must not be tried in the parent,
  // where it would part threads.
  probe->close_range =
      static_cast<int32_t>(RawSyscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_CLOEXEC));
  probe->unshare = static_cast<int32_t>(RawSyscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE));
  probe->ran = true;
  for (;;) RawSyscall(SYS_exit_group, 0);
}

}  // namespace raw_exec
