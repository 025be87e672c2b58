#include "pump.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "../core/unique_fd.h"
#include "pump_loop.h"

namespace raw_exec {
namespace {

constexpr int kControlFd = 3;

int Fail(const char* what, const char* on, int error) {
  (void)std::fprintf(stderr, "raw-exec-keeper pump: cannot %s %s: %s\n", what, on,
                     std::strerror(error));
  return 1;
}

// Waits for a pump that was killed to be gone: until then it may still be inside a write. Returns
// errno.
int TakeLock(const char* path, UniqueFd* lock) {
  // For reading: it must not keep the file system from being remounted read-only.
  constexpr int kFlags = O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  lock->Reset(open(path, kFlags, 0600));
  if (!*lock) return errno;
  while (flock(lock->get(), LOCK_EX) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // Where it is refused the first stream too many says so.
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int PumpMain(int argc, char** argv) {
  const bool has_lock = argc == 2 && std::strcmp(argv[0], "--lock") == 0;
  if (argc != 0 && !has_lock) {
    (void)std::fputs("usage: raw-exec-keeper pump [--lock FILE], with the keeper's socket at 3\n",
                     stderr);
    return 2;
  }
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(kControlFd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    return Fail("use", "descriptor 3 as the keeper's socket", errno);
  }
  (void)fcntl(kControlFd, F_SETFD, FD_CLOEXEC);
  // What a terminal sends is for the keeper. A file that grows beyond RLIMIT_FSIZE is an error like
  // any other.
  (void)signal(SIGINT, SIG_IGN);
  (void)signal(SIGHUP, SIG_IGN);
  (void)signal(SIGPIPE, SIG_IGN);
  (void)signal(SIGXFSZ, SIG_IGN);
  (void)prctl(PR_SET_NAME, "raw-exec-pump");
  umask(0);
  RaiseDescriptorLimit();

  UniqueFd lock;
  if (has_lock) {
    const int error = TakeLock(argv[1], &lock);
    if (error != 0) return Fail("lock", argv[1], error);
  }
  const auto loop = std::make_unique<PumpLoop>(kControlFd);
  int error = loop->Open();
  if (error == 0) error = loop->Run();
  return error == 0 ? 0 : Fail("wait for", "streams", error);
}

}  // namespace raw_exec
