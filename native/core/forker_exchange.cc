#include "forker_exchange.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "kernel_features.h"
#include "sys.h"
#include "wait.h"

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1U
#endif

namespace raw_exec {
namespace {

constexpr int kMaxSent = kMaxStdio + 3;

struct Clone {
  int pid;
  UniqueFd pidfd;
};

bool Send(int socket_fd, const WireRequest& request, const char* blob, const int* fds,
          int fd_count) {
  WireRequest header = request;
  iovec parts[2] = {{&header, sizeof(header)}, {const_cast<char*>(blob), request.blob_size}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxSent)] = {};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = request.blob_in_memfd != 0 ? 1 : 2;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * static_cast<size_t>(fd_count));
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int) * static_cast<size_t>(fd_count));
  std::memcpy(CMSG_DATA(rights), fds, sizeof(int) * static_cast<size_t>(fd_count));
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

bool Receive(int socket_fd, int timeout_ms, Clone* clone) {
  WireReply reply = {};
  iovec part = {&reply, sizeof(reply)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  pollfd entry = {socket_fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&entry, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return false;
  const ssize_t got = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got != static_cast<ssize_t>(sizeof(reply))) return false;
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    clone->pidfd = AboveStdio(UniqueFd(fd));
  }
  clone->pid = reply.pid;
  return true;
}

}  // namespace

UniqueFd MakeMemfd(const char* name) {
  return AboveStdio(UniqueFd(static_cast<int>(syscall(SYS_memfd_create, name, MFD_CLOEXEC))));
}

ExchangeEnd ExchangeWithForker(const ForkerRequest& request, SpawnResult* result) {
  const SpawnPlan& plan = *request.plan;
  alignas(16) char inline_blob[8192];
  std::unique_ptr<char[]> heap_blob;
  char* blob = inline_blob;
  const size_t size = PlanWriter(inline_blob, sizeof(inline_blob)).Write(plan);
  if (size > sizeof(inline_blob)) {
    heap_blob = std::make_unique_for_overwrite<char[]>(size);
    blob = heap_blob.get();
    PlanWriter(blob, size).Write(plan);
  }
  int fds[kMaxSent];
  int count = 0;
  fds[count++] = request.report_pipe_fd;
  if (request.cgroup_fd >= 0) fds[count++] = request.cgroup_fd;
  for (int i = 0; i < plan.stdio_count; ++i) {
    if (plan.stdio[i].source == StdioSource::descriptor) fds[count++] = plan.stdio[i].fd;
  }
  WireRequest header = {kWireVersion,
                        request.report_slot,
                        request.features,
                        static_cast<uint32_t>(size),
                        0,
                        request.cgroup_fd >= 0 ? 1U : 0U,
                        0};
  UniqueFd memfd;
  if (size > kInlineWireSize) {
    memfd = MakeMemfd("raw-exec-plan");
    for (size_t done = 0; memfd && done < size;) {
      const ssize_t written = write(memfd.get(), blob + done, size - done);
      if (written <= 0) {
        memfd.Reset();
        break;
      }
      done += static_cast<size_t>(written);
    }
    if (!memfd) {
      result->FailAt(Step::prepare, ENOMEM);
      return ExchangeEnd::answered;
    }
    header.blob_in_memfd = 1;
    fds[count++] = memfd.get();
  }
  header.fd_count = static_cast<uint32_t>(count);
  if (!Send(request.socket_fd, header, blob, fds, count)) {
    // EBADF: one of the descriptors that we were given is not open. That is the caller's, not the
    // forker's.
    if (errno == EBADF || errno == ETOOMANYREFS || errno == ENOBUFS || errno == ENOMEM) {
      result->FailAt(errno == EBADF ? Step::stdio : Step::forker, errno);
      return ExchangeEnd::answered;
    }
    return ExchangeEnd::lost;
  }
  Clone clone = {-1, UniqueFd()};
  if (!Receive(request.socket_fd, request.timeout_ms, &clone)) return ExchangeEnd::lost;
  if (clone.pid < 0) {
    result->FailAt(Step::clone, -clone.pid);
    return ExchangeEnd::answered;
  }
  result->pid = clone.pid;
  result->is_pidfd = true;
  result->exit_fd = std::move(clone.pidfd);
  if (!result->exit_fd) {
    result->exit_fd = OpenExitFd(result->pid, (request.features & kPidfd) != 0, &result->is_pidfd);
  }
  return ExchangeEnd::answered;
}

}  // namespace raw_exec
