#include "control_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "../core/wire/message.h"

namespace raw_exec {

long ControlSocket::Receive(char* buffer, size_t capacity, UniqueFd* descriptor) {
  descriptor->Reset();
  iovec part = {buffer, capacity};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * wire::kMaxDescriptors)];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t got = recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  // A keeper that was killed while something it was sent lay unread leaves ECONNRESET.
  if (got < 0) return errno == ECONNRESET ? 0 : -errno;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(fd));
      UniqueFd received(fd);
      if (count == 1) *descriptor = std::move(received);
    }
  }
  return got;
}

bool ControlSocket::SendNow(const char* message, size_t size) {
  while (send(fd_.get(), message, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) return false;
    // EPIPE: nobody will hear it, which the reading side finds out.
    if (errno != EINTR) return true;
  }
  return true;
}

void ControlSocket::Send(const char* message, size_t size) {
  if (has_unsent() || !SendNow(message, size)) unsent_.emplace_back(message, size);
}

void ControlSocket::Flush() {
  while (has_unsent() && SendNow(unsent_.front().data(), unsent_.front().size())) {
    unsent_.pop_front();
  }
}

}  // namespace raw_exec
