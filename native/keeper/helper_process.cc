#include "helper_process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "../core/sys.h"

namespace raw_exec::keeper {
namespace {

constexpr int kSocket = 3;
constexpr char kOwnExecutable[] = "/proc/self/exe";  // also when its file has been replaced

[[noreturn]] void BecomeHelper(char* const* argv, int socket_fd, const InheritedLimits& limits) {
  for (int signal = 1; signal < NSIG; ++signal) (void)std::signal(signal, SIG_DFL);
  const uint64_t none = 0;
  RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&none), 0, sizeof(none));
  setrlimit(RLIMIT_NOFILE, &limits.nofile);
  if (socket_fd == kSocket) {
    fcntl(kSocket, F_SETFD, 0);
  } else {
    dup2(socket_fd, kSocket);
  }
  execv(kOwnExecutable, argv);
  _exit(127);
}

}  // namespace

InheritedLimits RaiseLimits() {
  InheritedLimits limits;
  if (getrlimit(RLIMIT_NOFILE, &limits.nofile) != 0) return limits;
  rlimit raised = limits.nofile;
  raised.rlim_cur = raised.rlim_max;
  // Where it is refused the keeper has what it was given, and says so when that is used up.
  setrlimit(RLIMIT_NOFILE, &raised);
  return limits;
}

Helper StartHelper(const std::vector<std::string>& arguments, const InheritedLimits& limits) {
  Helper helper;
  int pair[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
    helper.error = errno;
    return helper;
  }
  helper.socket = AboveStdio(UniqueFd(pair[0]));
  const UniqueFd theirs = AboveStdio(UniqueFd(pair[1]));
  std::vector<char*> argv = {const_cast<char*>("raw-exec-keeper")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  helper.pid = fork();
  if (helper.pid == 0) BecomeHelper(argv.data(), theirs.get(), limits);
  if (helper.pid < 0) {
    helper.error = errno;
    helper.socket.Reset();
  }
  return helper;
}

}  // namespace raw_exec::keeper
