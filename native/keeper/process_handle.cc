#include "process_handle.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "../core/process_tree.h"
#include "../core/sys.h"

namespace raw_exec::keeper {
bool HasEnded(int pidfd) {
  pollfd entry = {pidfd, POLLIN, 0};
  return poll(&entry, 1, 0) > 0;
}

// A group's number is its leader's, and no other's while that is unreaped.
int SignalProcess(pid_t pid, int pidfd, int signal, bool to_group) {
  constexpr long kToProcessGroup = 4;  // PIDFD_SIGNAL_PROCESS_GROUP, 6.9
  long result = RawSyscall(SYS_pidfd_send_signal, pidfd, signal, 0, to_group ? kToProcessGroup : 0);
  if (result == -EINVAL && to_group) {
    result = PidfdSendSignal(pidfd, 0);
    if (result == 0) result = RawSyscall(SYS_kill, -pid, signal);
  }
  return static_cast<int>(-result);
}

// The start time is read between two looks at one pidfd: it is that of the process behind it if
// that was still unreaped afterwards. A signal of 0 fails with ESRCH once it is reaped.
UniqueFd OpenProcess(pid_t pid, uint64_t* start_ticks) {
  const long opened = PidfdOpen(pid);
  if (opened < 0) {
    errno = static_cast<int>(-opened);
    return UniqueFd();
  }
  UniqueFd pidfd = AboveStdio(UniqueFd(static_cast<int>(opened)));
  TreeProcess process = {};
  if (!pidfd || !LookAt(pid, &process) || PidfdSendSignal(pidfd.get(), 0) == -ESRCH) {
    errno = ESRCH;
    return UniqueFd();
  }
  *start_ticks = process.start_ticks;
  return pidfd;
}

UniqueFd OpenProcess(const ProcessIdentity& identity) {
  uint64_t start_ticks = 0;
  UniqueFd pidfd = OpenProcess(identity.pid, &start_ticks);
  if (pidfd && start_ticks != identity.start_ticks) {
    pidfd.Reset();
    errno = ESRCH;
  }
  return pidfd;
}

}  // namespace raw_exec::keeper
