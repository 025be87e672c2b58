#include "forker_exchange.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "kernel_features.h"
#include "plan_handover.h"
#include "sys.h"
#include "wait.h"

namespace raw_exec {
namespace {

struct Clone {
  int pid;
  UniqueFd pidfd;
};

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

ExchangeEnd ExchangeWithForker(const ForkerRequest& request, SpawnResult* result) {
  const int error = SendPlan(request.socket_fd, *request.plan, request.report_pipe_fd,
                             request.cgroup_fd, request.features, request.report_slot);
  // EBADF: one of the descriptors that we were given is not open. That is the caller's, not the
  // forker's.
  if (error == EBADF || error == ETOOMANYREFS || error == ENOBUFS || error == ENOMEM) {
    result->FailAt(error == EBADF ? Step::stdio : Step::forker, error);
    return ExchangeEnd::answered;
  }
  if (error != 0) return ExchangeEnd::lost;
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
