#include "holder_setup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "../core/sys.h"

namespace raw_exec {
namespace {

using keeper::Complaint;
using keeper::ExitCode;
using keeper::Failure;

constexpr char kOomScoreAdj[] = "/proc/self/oom_score_adj";
constexpr char kLowest[] = "-999";  // -1000 would exempt us: then memory that we leak ends the host
constexpr int kBacklog = 8;

// Without close_range (before 5.9) they stay, close-on-exec: they were not given with care, but no
// task gets them.
void CloseAllFrom(int first) {
  if (RawSyscall(SYS_close_range, first, UINT_MAX, 0) == 0) return;
  constexpr int kMost = 1024;
  for (int fd = first; fd < kMost; ++fd) RawSyscall(SYS_close, fd);
}

// A descriptor of ours must not get the number of a closed one of stdio: these become /dev/null.
void OpenStdio() {
  for (int fd = 0; fd < kGivenKeeperFd; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);  // NOLINT: the lowest free number is fd
  }
}

// Ignored signals are inherited through execve, and Node ignores SIGPIPE.
void ResetSignals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &action, nullptr);
}

// As low as it may be, and what tasks get instead: what was in force, or 0 in place of a privilege.
std::string LowerOomScore() {
  const UniqueFd fd(open(kOomScoreAdj, O_RDWR | O_CLOEXEC));
  char text[16] = {};
  if (!fd || read(fd.get(), text, sizeof(text) - 1) <= 0) return {};
  const long before = std::strtol(text, nullptr, 10);
  // EACCES: without CAP_SYS_RESOURCE it cannot be lowered, and stays.
  if (before > -999 && pwrite(fd.get(), kLowest, sizeof(kLowest) - 1, 0) < 0 && before >= 0) {
    return {};
  }
  return std::to_string(before < 0 ? 0 : before);
}

// The lock itself is open for reading only: a file that is open for writing would keep the file
// system from being remounted read-only for as long as tasks live.
Complaint Lock(const keeper::StateDirectory& state, UniqueFd* lock) {
  constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const std::string path = state.path() + "/holder.lock";
  lock->Reset(openat(state.fd(), "holder.lock", O_RDONLY | O_CREAT | kFlags, 0600));
  if (!*lock) return Failure("open " + path, errno);
  if (flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failure("lock " + path, errno);
    return {ExitCode::locked,
            "another holder has the tasks of " + state.path() + ": connect to its holder.sock"};
  }
  // For people: nothing of ours reads it.
  const std::string own = std::to_string(getpid()) + "\n";
  const UniqueFd writer(openat(state.fd(), "holder.lock", O_WRONLY | O_TRUNC | kFlags));
  if (!writer || write(writer.get(), own.data(), own.size()) != static_cast<ssize_t>(own.size())) {
    return Failure("write to " + path, errno);
  }
  return {};
}

// By way of the directory's descriptor: a state directory's own path may be longer than an address.
Complaint Listen(const keeper::StateDirectory& state, UniqueFd* listener) {
  const std::string path = state.path() + "/holder.sock";
  listener->Reset(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!*listener) return Failure("make a socket", errno);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  (void)std::snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/holder.sock",
                      state.fd());
  // The lock is ours, so what lies there is a dead holder's.
  if (unlinkat(state.fd(), "holder.sock", 0) != 0 && errno != ENOENT) {
    return Failure("remove the old " + path, errno);
  }
  const mode_t before = umask(0177);
  const int bound =
      bind(listener->get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error = errno;
  umask(before);
  if (bound != 0) return Failure("bind " + path, error);
  if (listen(listener->get(), kBacklog) != 0) return Failure("listen at " + path, errno);
  return {};
}

Complaint WatchChildren(UniqueFd* signals) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  signals->Reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!*signals) return Failure("make a signalfd", errno);
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return Failure("become a subreaper", errno);
  return {};
}

Complaint CheckKeeperSocket() {
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(kGivenKeeperFd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    return Failure("use descriptor 3 as the socket to the keeper", errno, ExitCode::usage);
  }
  if (type != SOCK_SEQPACKET) {
    return {ExitCode::usage, "descriptor 3 must be a SOCK_SEQPACKET socket to the keeper"};
  }
  fcntl(kGivenKeeperFd, F_SETFD, FD_CLOEXEC);
  return {};
}

// What was handed over no longer survives an exec; nothing else stays open.
void KeepOnly(int first, int second) {
  const int low = std::min(first, second);
  const int high = std::max(first, second);
  for (const int fd : {low, high}) fcntl(fd, F_SETFD, FD_CLOEXEC);
  for (int fd = kGivenKeeperFd; fd < high; ++fd) {
    if (fd != low) RawSyscall(SYS_close, fd);
  }
  CloseAllFrom(high + 1);
}

}  // namespace

Complaint ReadHolderOptions(int argc, char** argv, HolderOptions* options) {
  std::string handover;
  for (int i = 0; i < argc; i += 2) {
    const std::string_view name = argv[i];
    std::string* value = nullptr;
    if (name == "--state") value = &options->state;
    if (name == "--keeper") value = &options->keeper;
    if (name == "--handover") value = &handover;
    if (value == nullptr || i + 1 == argc) {
      return {ExitCode::usage, "holder: cannot use argument '" + std::string(name) +
                                   "'; it takes --state DIR and --keeper PROGRAM"};
    }
    *value = argv[i + 1];
  }
  if (!handover.empty())
    options->handover_fd = static_cast<int>(std::strtol(handover.c_str(), nullptr, 10));
  if (options->state.empty() || options->state.front() != '/') {
    return {ExitCode::usage, "holder: --state must name an absolute path"};
  }
  return {};
}

void BlockSignals() {
  ResetSignals();
  const uint64_t all = ~uint64_t{0};
  RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&all), 0, sizeof(all));
}

Complaint SetUpHolder(const HolderOptions& options, HolderSetup* setup) {
  if (Complaint bad = CheckKeeperSocket()) return bad;
  OpenStdio();
  CloseAllFrom(kGivenKeeperFd + 1);
  if (Complaint bad = setup->state.Open(options.state)) return bad;
  if (Complaint bad = Lock(setup->state, &setup->lock)) return bad;
  if (Complaint bad = Listen(setup->state, &setup->listener)) return bad;
  if (Complaint bad = WatchChildren(&setup->signals)) return bad;
  setup->oom_score_adj = LowerOomScore();
  return {};
}

Complaint TakeOverHolder(const HolderOptions& options, const HolderHandover& handover,
                         HolderSetup* setup) {
  KeepOnly(handover.lock_fd, handover.listener_fd);
  setup->lock.Reset(handover.lock_fd);
  setup->listener.Reset(handover.listener_fd);
  setup->oom_score_adj = handover.oom_score_adj;
  prctl(PR_SET_NAME, "raw-exec-keeper");
  if (Complaint bad = setup->state.Open(options.state)) return bad;
  return WatchChildren(&setup->signals);
}

void LeaveTerminal() {
  // It fails for who leads a session already.
  setsid();
  // What is not to be pinned by a process that lives so long.
  if (chdir("/") != 0) return;
  const int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3 && null_fd >= 0; ++fd) dup2(null_fd, fd);
  if (null_fd > 2) close(null_fd);
}

}  // namespace raw_exec
