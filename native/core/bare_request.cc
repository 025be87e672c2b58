// Owner of the buffer for one request. No libc.
#include "bare_request.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>

#include "kernel_features.h"
#include "raw_syscall.h"

namespace raw_exec {
namespace {

alignas(16) char blob_buffer[kInlineWireSize];
char* mapped_blob = nullptr;

bool HasCgroup(const Received& received) { return received.request.has_cgroup_fd != 0; }

long CheckCounts(const Received& received) {
  const WireRequest& request = received.request;
  const uint32_t least =
      1U + (HasCgroup(received) ? 1U : 0U) + (request.blob_in_memfd != 0 ? 1U : 0U);
  if (request.version != kWireVersion || request.report_slot >= kReportSlots ||
      request.fd_count < least) {
    return -EPROTO;
  }
  return static_cast<uint32_t>(received.fd_count) == request.fd_count ? 0 : -EMFILE;
}

// Descriptors got whatever numbers were free. The report pipe has to survive the child's moves, so
// it goes above them. False when there is no number left.
bool KeepAbove(int* fd, int count) {
  if (*fd >= count) return true;
  const long copy = RawSyscall(SYS_fcntl, *fd, F_DUPFD_CLOEXEC, count);
  if (copy < 0) return false;
  RawSyscall(SYS_close, *fd);
  *fd = static_cast<int>(copy);
  return true;
}

}  // namespace

bool Receive(int socket_fd, Received* received) {
  iovec parts[2] = {{&received->request, sizeof(received->request)},
                    {blob_buffer, sizeof(blob_buffer)}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  long size = 0;
  do {
    size = RawSyscall(SYS_recvmsg, socket_fd, Arg(&message), MSG_CMSG_CLOEXEC);
  } while (size == -EINTR);
  if (size <= 0) return false;
  received->fd_count = 0;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    const int count = static_cast<int>((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    const int* fds = reinterpret_cast<const int*>(CMSG_DATA(header));
    for (int i = 0; i < count; ++i) received->fds[i] = fds[i];
    received->fd_count = count;
  }
  return true;
}

SpawnPlan* OpenPlan(Received* received, long* error) {
  const WireRequest& request = received->request;
  *error = CheckCounts(*received);
  if (*error != 0) return nullptr;
  char* blob = blob_buffer;
  if (request.blob_in_memfd != 0) {
    const long mapped = RawSyscall(SYS_mmap, 0, request.blob_size, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE, received->fds[received->fd_count - 1], 0);
    if (mapped < 0) {
      *error = mapped;
      return nullptr;
    }
    blob = reinterpret_cast<char*>(mapped);
    mapped_blob = blob;
  }
  SpawnPlan* plan = RelocatePlan(blob);
  const int* stdio = received->fds + (HasCgroup(*received) ? 2 : 1);
  StdioSlot* slots = const_cast<StdioSlot*>(plan->stdio);
  for (int i = 0; i < plan->stdio_count; ++i) {
    if (slots[i].source == StdioSource::descriptor) slots[i].fd = stdio[slots[i].fd];
  }
  if (!KeepAbove(&received->fds[0], plan->stdio_count)) {
    *error = -EMFILE;
    return nullptr;
  }
  plan->hold_fd = received->fds[0];
  return plan;
}

void CloseRequest(const Received& received) {
  for (int i = 0; i < received.fd_count; ++i) RawSyscall(SYS_close, received.fds[i]);
  if (mapped_blob != nullptr) {
    RawSyscall(SYS_munmap, Arg(mapped_blob), received.request.blob_size);
    mapped_blob = nullptr;
  }
}

long ClonePlanned(const Received& received, uint64_t flags, int exit_signal, int32_t* pidfd,
                  ChildFunction function, const void* argument) {
  CloneRequest clone = {};
  clone.flags = flags;
  clone.exit_signal = exit_signal;
  if ((received.request.features & kPidfd) != 0) {
    clone.flags |= CLONE_PIDFD;
    clone.pidfd = pidfd;
  }
  if (HasCgroup(received)) {
    clone.flags |= CLONE_INTO_CGROUP;
    clone.cgroup_fd = received.fds[1];
  }
  return CloneInto(clone, (received.request.features & kClone3) != 0, function, argument);
}

void SendWithDescriptor(int socket_fd, const void* bytes, unsigned long size, int fd) {
  iovec part = {const_cast<void*>(bytes), size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    *reinterpret_cast<int*>(CMSG_DATA(header)) = fd;
  }
  RawSyscall(SYS_sendmsg, socket_fd, Arg(&message), MSG_NOSIGNAL);
}

}  // namespace raw_exec
