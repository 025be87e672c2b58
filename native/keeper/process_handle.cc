#include "process_handle.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "../core/process_tree.h"
#include "../core/sys.h"

namespace raw_exec::keeper {
namespace {

// proc_pid_stat(5) has 0 for who may not know; whoever may sees that a zombie has no executable.
bool MayKnow(pid_t pid) {
  char target[1];
  const std::string path = "/proc/" + std::to_string(pid) + "/exe";
  return readlink(path.c_str(), target, sizeof(target)) < 0 && errno == ENOENT;
}

// Of a process that could not be looked at: it has gone, or there is no descriptor to look with.
int WhyUnseen() {
  const UniqueFd any(open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
  return any ? ESRCH : errno;
}

}  // namespace

// The exit code is the last field (52).
bool ReadZombieStatus(pid_t pid, int pidfd, int* status) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t got = fd ? read(fd.get(), text, sizeof(text)) : -1;
  if (got <= 0 || !MayKnow(pid) || PidfdSendSignal(pidfd, 0) != 0) return false;
  std::string_view all(text, static_cast<size_t>(got));
  while (!all.empty() && all.back() == '\n') all.remove_suffix(1);
  all.remove_prefix(all.rfind(' ') + 1);
  return std::from_chars(all.data(), all.data() + all.size(), *status).ec == std::errc();
}

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
    // EINVAL: the number is only that of a session, a group or a thread, and no process has it.
    errno = opened == -EINVAL ? ESRCH : static_cast<int>(-opened);
    return UniqueFd();
  }
  UniqueFd pidfd = AboveStdio(UniqueFd(static_cast<int>(opened)));
  if (!pidfd) return UniqueFd();
  TreeProcess process = {};
  const bool is_seen = LookAt(pid, &process);
  const int error = PidfdSendSignal(pidfd.get(), 0) == -ESRCH ? ESRCH : is_seen ? 0 : WhyUnseen();
  if (error != 0) {
    pidfd.Reset();
    errno = error;
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
