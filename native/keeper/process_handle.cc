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
