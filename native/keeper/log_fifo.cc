#include "log_fifo.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace raw_exec::keeper {
namespace {

constexpr const char* kNames[] = {"stdout", "stderr"};
constexpr mode_t kMode = 0600;

UniqueFd OpenFifo(int tasks_fd, const TaskPath& path, int access) {
  UniqueFd fd = AboveStdio(UniqueFd(openat(tasks_fd, path.get(), access | O_NOFOLLOW | O_CLOEXEC)));
  struct stat found = {};
  if (fd && (fstat(fd.get(), &found) != 0 || !S_ISFIFO(found.st_mode))) {
    fd.Reset();
    errno = EINVAL;
  }
  return fd;
}

}  // namespace

// The reading end first: it must have been there before any writer, or the end of the writers is no
// event to it. The other end is opened anew for the program: O_NONBLOCK would be one for both.
int MakeLogFifo(int tasks_fd, uint64_t serial, int stream, const wire::LogSpec& spec,
                LogFifo* fifo) {
  const TaskPath path(serial, kNames[stream]);
  if (mkfifoat(tasks_fd, path.get(), kMode) != 0) return errno;
  // Programs open /dev/stdout, as the user they run as.
  if (fchownat(tasks_fd, path.get(), spec.uid, spec.gid, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (fchmodat(tasks_fd, path.get(), kMode, 0) != 0) return errno;
  fifo->reader = OpenFifo(tasks_fd, path, O_RDONLY | O_NONBLOCK);
  if (!fifo->reader) return errno;
  fifo->writer = OpenFifo(tasks_fd, path, O_RDWR);
  return fifo->writer ? 0 : errno;
}

// A writer that comes and goes makes the end of all writers an event again.
int ReopenLogFifo(int tasks_fd, uint64_t serial, int stream, UniqueFd* reader) {
  const TaskPath path(serial, kNames[stream]);
  if (!*reader) *reader = OpenFifo(tasks_fd, path, O_RDONLY | O_NONBLOCK);
  if (!*reader) return errno;
  const UniqueFd writer = OpenFifo(tasks_fd, path, O_WRONLY | O_NONBLOCK);
  return writer ? 0 : errno;
}

bool HasLogWriter(int reader_fd) {
  pollfd one = {reader_fd, POLLIN, 0};
  return poll(&one, 1, 0) < 0 || (one.revents & POLLHUP) == 0;
}

void RemoveLogFifo(int tasks_fd, uint64_t serial, int stream) {
  unlinkat(tasks_fd, TaskPath(serial, kNames[stream]).get(), 0);
}

}  // namespace raw_exec::keeper
