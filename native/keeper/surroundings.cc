#include "surroundings.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>

#include "../core/group_files.h"
#include "../core/sys.h"

namespace raw_exec::keeper {
namespace {

// The lowest that does not exempt us altogether; without CAP_SYS_RESOURCE it stays as it is.
constexpr char kOomScore[] = "-999";

void CloseRange(unsigned first, unsigned last) {
  if (first > last || RawSyscall(SYS_close_range, first, last, 0) == 0) return;
  const unsigned limit = static_cast<unsigned>(sysconf(_SC_OPEN_MAX));
  for (unsigned fd = first; fd <= last && fd < limit; ++fd) close(static_cast<int>(fd));
}

// 0 to 2 are never our own: what we open ourselves would else take a number that helpers get as
// their standard output.
void OpenStdio() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDWR);  // NOLINT(android-cloexec-open): for helpers too
  } while (fd >= 0 && fd < 3);
  if (fd >= 3) close(fd);
}

}  // namespace

void Settle(std::vector<int> kept) {
  OpenStdio();
  std::sort(kept.begin(), kept.end());
  unsigned next = 3;
  for (const int fd : kept) {
    if (fd < 3) continue;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    CloseRange(next, static_cast<unsigned>(fd) - 1);
    next = static_cast<unsigned>(fd) + 1;
  }
  CloseRange(next, UINT_MAX);
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGHUP, SIG_IGN);
  (void)std::signal(SIGXFSZ, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NAME, "raw-exec-keeper");
  (void)WriteGroupFile("/proc/self/oom_score_adj", kOomScore);
  // The directory that we were started in can be unmounted. "/" is always there.
  if (chdir("/") != 0) return;
}

UniqueFd OpenSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  (void)std::signal(SIGCHLD, SIG_DFL);  // ignored by whoever has started us, it would reap for us
  return AboveStdio(UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)));
}

}  // namespace raw_exec::keeper
