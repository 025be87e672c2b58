#include "keeper_client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "kernel_features.h"
#include "memfd.h"
#include "plan_wire.h"
#include "wire/message_writer.h"

namespace raw_exec {
namespace {

using wire::ClientKind;
using wire::MessageWriter;

constexpr int kMaxStartFds = kMaxStdio + 2;

int Send(int socket_fd, const char* bytes, size_t size, const int* fds, int fd_count) {
  if (size == 0) return EMSGSIZE;
  iovec part = {const_cast<char*>(bytes), size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxStartFds)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd_count > 0) {
    const size_t fds_size = sizeof(int) * static_cast<size_t>(fd_count);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds_size);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds_size);
    std::memcpy(CMSG_DATA(rights), fds, fds_size);
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

// Sealed, so that the keeper may read it while nobody can change it any more.
UniqueFd MakeSealedPlan(const SpawnPlan& plan, uint32_t* plan_size) {
  alignas(16) char inline_blob[8192];
  std::unique_ptr<char[]> heap_blob;
  char* blob = inline_blob;
  const size_t size = PlanWriter(inline_blob, sizeof(inline_blob)).Write(plan);
  if (size > sizeof(inline_blob)) {
    heap_blob = std::make_unique_for_overwrite<char[]>(size);
    blob = heap_blob.get();
    PlanWriter(blob, size).Write(plan);
  }
  *plan_size = static_cast<uint32_t>(size);
  UniqueFd memfd = MakeSealableMemfd("raw-exec-plan");
  for (size_t done = 0; memfd && done < size;) {
    const ssize_t written = write(memfd.get(), blob + done, size - done);
    if (written <= 0) return UniqueFd();
    done += static_cast<size_t>(written);
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (memfd && fcntl(memfd.get(), F_ADD_SEALS, kSeals) != 0) return UniqueFd();
  return memfd;
}

bool IsLogged(const StdioSlot& slot) {
  return slot.source == StdioSource::descriptor && slot.fd == kLoggedSlot;
}

wire::Start Describe(const SpawnRequest& spawn, const KeeperTask& task) {
  wire::Start start = {};
  start.plan_version = kWireVersion;
  start.features = KernelFeatures();
  start.exec_deadline_ms = spawn.exec_deadline_ms;
  start.on_supervisor_exit = static_cast<int32_t>(task.on_supervisor_exit);
  start.containment =
      static_cast<int32_t>(task.is_tree ? wire::Containment::tree : wire::Containment::groups);
  start.v1_count = static_cast<int32_t>(task.v1_groups.size());
  start.step_count =
      static_cast<int32_t>(std::min(task.steps.size(), static_cast<size_t>(wire::kMaxSteps)));
  std::copy_n(task.steps.begin(), start.step_count, start.steps);
  for (int i = 0; i < 2; ++i) start.logs[i] = task.logs[i].spec;
  return start;
}

}  // namespace

UniqueFd ConnectKeeper(const char* path, int* error) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof(address.sun_path)) {
    *error = ENAMETOOLONG;
    return UniqueFd();
  }
  std::memcpy(address.sun_path, path, length + 1);
  UniqueFd fd = AboveStdio(UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)));
  // On a socket that blocks: it waits while the keeper's backlog is full, which is for a moment.
  if (!fd || connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    *error = errno;
    return UniqueFd();
  }
  *error = 0;
  return fd;
}

int SendHello(int socket_fd, uint64_t request, std::string_view name) {
  char buffer[512];
  MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(ClientKind::hello), request);
  writer.Put(wire::Hello{wire::kMagic, wire::kProtocol, 0}).PutText(name.substr(0, 256));
  return Send(socket_fd, buffer, writer.Finish(), nullptr, 0);
}

int SendUpgrade(int socket_fd, uint64_t request, std::string_view keeper_path) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(wire::kMaxMessage);
  MessageWriter writer(buffer.get(), wire::kMaxMessage, static_cast<uint16_t>(ClientKind::upgrade),
                       request);
  writer.Put(wire::Upgrade{wire::kMagic, wire::kProtocol, 0}).PutText(keeper_path);
  return Send(socket_fd, buffer.get(), writer.Finish(), nullptr, 0);
}

int SendStart(int socket_fd, uint64_t request, const SpawnRequest& spawn, const KeeperTask& task) {
  const SpawnPlan& plan = spawn.plan;
  wire::Start start = Describe(spawn, task);
  int fds[kMaxStartFds];
  int count = 0;
  const UniqueFd memfd = MakeSealedPlan(plan, &start.plan_size);
  if (!memfd) return ENOMEM;
  fds[count++] = memfd.get();
  // Where the kernel cannot place the child it joins by the path in the plan.
  if (spawn.held_cgroup.directory_fd >= 0 && plan.cgroup_v2_procs == nullptr) {
    start.has_cgroup_fd = 1;
    fds[count++] = spawn.held_cgroup.directory_fd;
  }
  for (int i = 0; i < plan.stdio_count; ++i) {
    const StdioSlot& slot = plan.stdio[i];
    if (slot.source != StdioSource::descriptor || IsLogged(slot)) continue;
    fds[count++] = slot.fd;
    ++start.stdio_fd_count;
  }
  const auto buffer = std::make_unique_for_overwrite<char[]>(wire::kMaxMessage);
  const ClientKind kind = task.is_session ? ClientKind::exec : ClientKind::start;
  MessageWriter writer(buffer.get(), wire::kMaxMessage, static_cast<uint16_t>(kind), request);
  writer.Put(start).PutText(task.id).PutText(task.v2_group);
  for (const auto& [controller, directory] : task.v1_groups) {
    writer.PutText(controller).PutText(directory);
  }
  for (const KeeperTask::Log& log : task.logs) writer.PutText(log.directory).PutText(log.name);
  writer.PutText(task.attachment);
  return Send(socket_fd, buffer.get(), writer.Finish(), fds, count);
}

int SendSignalRequest(int socket_fd, uint64_t request, std::string_view id,
                      const wire::Signal& signal) {
  char buffer[1024];
  MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(ClientKind::signal), request);
  writer.Put(signal).PutText(id);
  return Send(socket_fd, buffer, writer.Finish(), nullptr, 0);
}

int SendStop(int socket_fd, uint64_t request, std::string_view id, uint64_t session,
             int32_t kill_grace_ms, const std::vector<wire::Step>& steps) {
  if (steps.size() > wire::kMaxSteps) return EMSGSIZE;
  char buffer[1024];
  MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(ClientKind::stop), request);
  wire::Stop stop = {};
  stop.session = session;
  stop.kill_grace_ms = kill_grace_ms;
  stop.step_count = static_cast<int32_t>(steps.size());
  std::copy(steps.begin(), steps.end(), stop.steps);
  writer.Put(stop).PutText(id);
  return Send(socket_fd, buffer, writer.Finish(), nullptr, 0);
}

int SendDescribe(int socket_fd, uint64_t request, std::string_view id,
                 std::string_view attachment) {
  if (attachment.size() > wire::kMaxAttachment) return EMSGSIZE;
  const auto buffer = std::make_unique_for_overwrite<char[]>(wire::kMaxMessage);
  MessageWriter writer(buffer.get(), wire::kMaxMessage, static_cast<uint16_t>(ClientKind::describe),
                       request);
  writer.PutText(attachment).PutText(id);
  return Send(socket_fd, buffer.get(), writer.Finish(), nullptr, 0);
}

int SendList(int socket_fd, uint64_t request, uint64_t after) {
  char buffer[64];
  MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(ClientKind::list), request);
  writer.Put(wire::List{after});
  return Send(socket_fd, buffer, writer.Finish(), nullptr, 0);
}

int SendForgetSession(int socket_fd, uint64_t request, std::string_view id, uint64_t session) {
  char buffer[1024];
  MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(ClientKind::forget_session),
                       request);
  writer.Put(wire::ForgetSession{session}).PutText(id);
  return Send(socket_fd, buffer, writer.Finish(), nullptr, 0);
}

int SendForTask(int socket_fd, uint64_t request, ClientKind kind, std::string_view id) {
  char buffer[1024];
  MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(kind), request);
  writer.PutText(id);
  return Send(socket_fd, buffer, writer.Finish(), nullptr, 0);
}

}  // namespace raw_exec
