#include "plan_handover.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "memfd.h"
#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr int kMaxSent = kMaxStdio + 3;

int SendRequest(int socket_fd, const WireRequest& request, const char* blob, const int* fds,
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
  return sent < 0 ? errno : 0;
}

UniqueFd WriteMemfd(const char* blob, size_t size) {
  UniqueFd memfd = MakeMemfd("raw-exec-plan");
  for (size_t done = 0; memfd && done < size;) {
    const ssize_t written = write(memfd.get(), blob + done, size - done);
    if (written <= 0) {
      memfd.Reset();
      break;
    }
    done += static_cast<size_t>(written);
  }
  return memfd;
}

}  // namespace

int SendPlan(int socket_fd, const SpawnPlan& plan, int report_pipe, int cgroup_fd,
             uint32_t features, uint32_t report_slot) {
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
  fds[count++] = report_pipe;
  if (cgroup_fd >= 0) fds[count++] = cgroup_fd;
  for (int i = 0; i < plan.stdio_count; ++i) {
    if (plan.stdio[i].source == StdioSource::descriptor) fds[count++] = plan.stdio[i].fd;
  }
  WireRequest request = {kWireVersion,
                         report_slot,
                         features,
                         static_cast<uint32_t>(size),
                         0,
                         cgroup_fd >= 0 ? 1U : 0U,
                         0};
  UniqueFd memfd;
  if (size > kInlineWireSize) {
    memfd = WriteMemfd(blob, size);
    if (!memfd) return ENOMEM;
    request.blob_in_memfd = 1;
    fds[count++] = memfd.get();
  }
  request.fd_count = static_cast<uint32_t>(count);
  return SendRequest(socket_fd, request, blob, fds, count);
}

}  // namespace raw_exec
