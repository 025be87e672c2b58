#include "readiness.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "../core/unique_fd.h"
#include "activation.h"

namespace raw_exec::keeper {
namespace {

void WriteLine(int fd, std::string_view line) {
  ssize_t written = 0;
  do {
    written = write(fd, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
}

// The caller's part of Detach: ends as the keeper has begun.
[[noreturn]] void AwaitReadiness(pid_t pid, int notice_fd) {
  char notice = 0;
  ssize_t got = 0;
  do {
    got = read(notice_fd, &notice, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) _exit(0);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : static_cast<int>(ExitCode::failed));
}

}  // namespace

// Who gives a descriptor to be told by waits by itself, for this process. It need not be the leader
// of a session yet.
Complaint Detach(const Options& options, int* notice_fd) {
  if (options.is_foreground) return {};
  if (options.ready_fd >= 0) {
    if (setsid() < 0 && errno != EPERM) return Failure("make a session", errno);
    return {};
  }
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return Failure("make a pipe", errno);
  const pid_t pid = fork();
  if (pid < 0) return Failure("fork", errno);
  if (pid > 0) {
    close(ends[1]);
    AwaitReadiness(pid, ends[0]);
  }
  close(ends[0]);
  *notice_fd = ends[1];
  return setsid() < 0 ? Failure("make a session", errno) : Complaint();
}

void TellReady(const Options& options, int notice_fd, const std::string& notify_socket) {
  TellServiceManager(notify_socket);
  if (!options.is_foreground) {
    const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd = 0; null && fd < 3; ++fd) dup2(null.get(), fd);
  }
  for (const int fd : {options.ready_fd, notice_fd}) {
    if (fd < 0) continue;
    WriteLine(fd, "ready\n");
    const UniqueFd done(fd);
  }
}

}  // namespace raw_exec::keeper
