#include "warning_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "../core/unique_fd.h"

namespace raw_exec::keeper {
namespace {

constexpr char kName[] = "keeper.log";
constexpr char kOld[] = "keeper.log.old";
constexpr off_t kLimit = off_t{64} * 1024;

UniqueFd OpenLog(int state_fd) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  return UniqueFd(openat(state_fd, kName, kFlags, 0600));
}

// UTC, as in "2026-01-31T23:59:59Z".
std::string Now() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts = {};
  char text[32] = {};
  if (gmtime_r(&now.tv_sec, &parts) != nullptr) {
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  }
  return text;
}

}  // namespace

int AppendWarning(int state_fd, const std::string& text) {
  UniqueFd log = OpenLog(state_fd);
  struct stat found = {};
  if (!log || fstat(log.get(), &found) != 0) return errno;
  if (!S_ISREG(found.st_mode)) return EINVAL;
  if (found.st_size >= kLimit) {
    if (renameat(state_fd, kName, state_fd, kOld) != 0) return errno;
    log = OpenLog(state_fd);
    if (!log) return errno;
  }
  const std::string line = Now() + " " + text + "\n";
  const ssize_t written = write(log.get(), line.data(), line.size());
  if (written < 0) return errno;
  return static_cast<size_t>(written) == line.size() ? 0 : ENOSPC;
}

}  // namespace raw_exec::keeper
