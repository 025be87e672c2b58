#include "keeper_client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "../../native/core/kernel_features.h"
#include "../../native/core/plan_wire.h"
#include "keeper_process.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

const int kPatienceMs = 30'000 * Slowness();

UniqueFd Connect(const std::string& path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) fd.Reset();
  return fd;
}

bool IsExit(wire::ClientKind kind) {
  return kind == wire::ClientKind::exited || kind == wire::ClientKind::session_exited;
}

}  // namespace

ShellPlan::ShellPlan(const std::string& script) : TestPlan({"/bin/sh", "-c", script}) {
  env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  stdio.assign(3, File("/dev/null", O_RDWR));
}

UniqueFd MakePlanMemfd(std::string_view bytes, bool is_sealed) {
  UniqueFd fd(memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  if (is_sealed) {
    EXPECT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK), 0);
  }
  return fd;
}

std::string WrittenPlan(TestPlan* plan) {
  const SpawnPlan& finished = plan->Finish().plan;
  std::string bytes(PlanWriter(nullptr, 0).Write(finished), '\0');
  PlanWriter(bytes.data(), bytes.size()).Write(finished);
  return bytes;
}

StartMessage MakeStart(TestPlan* plan, const KeptTask& task) {
  StartMessage message;
  const std::string bytes = WrittenPlan(plan);
  message.memfd = MakePlanMemfd(bytes);
  message.fds = {message.memfd.get()};
  wire::Start& start = message.fixed;
  start.plan_size = static_cast<uint32_t>(bytes.size());
  start.plan_version = kWireVersion;
  start.features = KernelFeatures();
  if (task.cgroup_fd >= 0) {
    start.has_cgroup_fd = 1;
    message.fds.push_back(task.cgroup_fd);
  }
  for (const StdioSlot& slot : plan->stdio) {
    if (slot.source == StdioSource::descriptor && slot.fd >= 0) message.fds.push_back(slot.fd);
  }
  // A slot with descriptor -1 is one of a log, in the order of the logs.
  start.stdio_fd_count = static_cast<int32_t>(message.fds.size()) - 1 - start.has_cgroup_fd;
  start.exec_deadline_ms = 10'000;
  start.on_supervisor_exit = static_cast<int32_t>(task.on_supervisor_exit);
  start.containment = task.is_tree ? 1 : 0;
  start.v1_count = static_cast<int32_t>(task.v1_groups.size());
  start.step_count = static_cast<int32_t>(task.steps.size());
  for (size_t i = 0; i < task.steps.size(); ++i) start.steps[i] = task.steps[i];
  for (size_t i = 0; i < 2; ++i) start.logs[i] = task.logs[i].spec;
  return message;
}

KeeperClient::KeeperClient(const std::string& state, bool greets, uint16_t protocol)
    : state_(state), socket_(Connect(state + "/keeper.sock")) {
  EXPECT_TRUE(is_connected()) << std::strerror(errno);
  if (!greets) return;
  const uint64_t request =
      Ask(wire::ClientKind::hello, wire::Hello{wire::kMagic, protocol, 0}, "test");
  const KeeperMessage answer = Answer(request);
  EXPECT_EQ(answer.kind, wire::ClientKind::welcome);
  welcome_ = answer.As<wire::Welcome>();
}

bool KeeperClient::SendBytes(std::string_view bytes, const std::vector<int>& fds) {
  iovec part = {const_cast<char*>(bytes.data()), bytes.size()};
  std::vector<char> control(CMSG_SPACE(sizeof(int) * fds.size()));
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  return sendmsg(socket_.get(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

uint64_t KeeperClient::SendStart(const StartMessage& message, const KeptTask& task) {
  std::string buffer(wire::kMaxMessage, '\0');
  wire::MessageWriter writer(
      buffer.data(), buffer.size(),
      static_cast<uint16_t>(task.is_session ? wire::ClientKind::exec : wire::ClientKind::start),
      ++last_);
  writer.Put(message.fixed).PutText(task.id).PutText(task.v2_group);
  for (const V1Group& group : task.v1_groups) {
    writer.PutText(group.controller).PutText(group.directory);
  }
  for (const LogFiles& log : task.logs) writer.PutText(log.directory).PutText(log.name);
  writer.PutText(task.attachment);
  EXPECT_TRUE(SendBytes(writer.View(), message.fds)) << std::strerror(errno);
  return last_;
}

uint64_t KeeperClient::Ask(wire::ClientKind kind, std::string_view id) {
  char buffer[2048];
  wire::MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(kind), ++last_);
  SendBytes(writer.PutText(id).View());
  return last_;
}

std::optional<KeeperMessage> KeeperClient::Receive() {
  pollfd entry = {socket_.get(), POLLIN, 0};
  if (poll(&entry, 1, kPatienceMs) != 1) {
    ADD_FAILURE() << "the keeper is silent";
    return std::nullopt;
  }
  std::string bytes(wire::kMaxMessage, '\0');
  const ssize_t got = recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (got <= 0) return std::nullopt;
  bytes.resize(static_cast<size_t>(got));
  const wire::MessageReader reader(bytes.data(), bytes.size());
  EXPECT_TRUE(reader.is_good());
  return KeeperMessage{static_cast<wire::ClientKind>(reader.frame().kind), reader.frame().request,
                       std::move(bytes)};
}

namespace {

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

KeeperMessage KeeperClient::Answer(uint64_t request) {
  for (;;) {
    std::optional<KeeperMessage> message = Receive();
    if (!message.has_value()) {
      ADD_FAILURE() << "the keeper has closed before it answered request " << request
                    << "; its log:\n"
                    << TextOf(state_ + "/keeper.log");
      is_closed_ = true;
      return {};
    }
    if (IsExit(message->kind)) {
      exits_.push_back(std::move(*message));
      continue;
    }
    if (message->request == request) return std::move(*message);
    ADD_FAILURE() << "an answer to " << message->request << " in place of " << request;
  }
}

template <typename Wanted>
wire::Exited KeeperClient::AwaitExited(wire::ClientKind kind, Wanted wanted) {
  for (;;) {
    for (auto at = exits_.begin(); at != exits_.end(); ++at) {
      wire::MessageReader reader = at->Read();
      wire::Exited exited = {};
      std::string_view text;
      EXPECT_TRUE(reader.Take(&exited) && reader.TakeText(&text, wire::kMaxTaskId));
      if (at->kind != kind || !wanted(exited, text)) continue;
      exits_.erase(at);
      return exited;
    }
    std::optional<KeeperMessage> message = Receive();
    if (!message.has_value() || !IsExit(message->kind)) {
      ADD_FAILURE() << "no exit, but "
                    << (message.has_value() ? static_cast<int>(message->kind) : -1);
      return {};
    }
    exits_.push_back(std::move(*message));
  }
}

wire::Exited KeeperClient::AwaitExit(std::string_view id) {
  return AwaitExited(wire::ClientKind::exited,
                     [id](const wire::Exited&, std::string_view text) { return text == id; });
}

wire::Exited KeeperClient::AwaitSessionExit(uint64_t serial) {
  return AwaitExited(
      wire::ClientKind::session_exited,
      [serial](const wire::Exited& exited, std::string_view) { return exited.serial == serial; });
}

bool KeeperClient::AwaitClosed() {
  for (;;) {
    pollfd entry = {socket_.get(), POLLIN, 0};
    if (poll(&entry, 1, kPatienceMs) != 1) return false;
    char buffer[wire::kMaxMessage];
    if (recv(socket_.get(), buffer, sizeof(buffer), 0) <= 0) return true;
  }
}

wire::Started KeeperClient::Start(TestPlan* plan, const KeptTask& task) {
  const StartMessage message = MakeStart(plan, task);
  const KeeperMessage answer = Answer(SendStart(message, task));
  EXPECT_EQ(answer.kind, wire::ClientKind::started);
  if (answer.kind == wire::ClientKind::failed) {
    const auto failed = answer.As<wire::Failed>();
    ADD_FAILURE() << "reason " << failed.reason << " error " << failed.error << " step "
                  << failed.step << ": " << answer.bytes.substr(sizeof(wire::Failed) + 20);
  }
  return answer.As<wire::Started>();
}

wire::Failed KeeperClient::Fail(uint64_t request) {
  const KeeperMessage answer = Answer(request);
  EXPECT_EQ(answer.kind, wire::ClientKind::failed);
  return answer.As<wire::Failed>();
}

std::vector<ListedTask> KeeperClient::List() {
  std::vector<ListedTask> all;
  wire::Tasks page = {};
  while (page.is_last == 0) {
    const uint64_t after = all.empty() ? 0 : all.back().info.serial;
    const KeeperMessage answer =
        Answer(Ask(wire::ClientKind::list, wire::List{after}, std::nullopt));
    wire::MessageReader reader = answer.Read();
    if (answer.kind != wire::ClientKind::tasks || !reader.Take(&page)) {
      ADD_FAILURE() << "no page of tasks";
      return all;
    }
    for (int32_t i = 0; i < page.count; ++i) {
      ListedTask task;
      std::string_view text;
      reader.Take(&task.info);
      reader.TakeText(&text, wire::kMaxTaskId);
      task.id = text;
      reader.TakeText(&text, wire::kMaxPath);
      task.v2_group = text;
      for (int32_t v1 = 0; v1 < task.info.v1_count * 2; ++v1)
        reader.TakeText(&text, wire::kMaxPath);
      reader.TakeText(&text, wire::kMaxAttachment);
      task.attachment = text;
      all.push_back(std::move(task));
    }
    EXPECT_TRUE(reader.IsComplete());
    if (!reader.IsComplete()) return all;
  }
  return all;
}

uint64_t KeeperClient::SendDescribe(std::string_view id, std::string_view attachment) {
  std::string buffer(wire::kMaxMessage, '\0');
  wire::MessageWriter writer(buffer.data(), buffer.size(),
                             static_cast<uint16_t>(wire::ClientKind::describe), ++last_);
  EXPECT_TRUE(SendBytes(writer.PutText(attachment).PutText(id).View())) << std::strerror(errno);
  return last_;
}

// Others of the task may take a moment longer than its main process.
void KeeperClient::Forget(std::string_view id) {
  Await("it is forgotten", [&] {
    const KeeperMessage answer = Answer(Ask(wire::ClientKind::forget, id));
    return is_closed_ || answer.kind == wire::ClientKind::done;
  });
}

wire::Signalled KeeperClient::Signal(std::string_view id, int signal, wire::SignalTarget target,
                                     uint64_t session) {
  const wire::Signal order = {signal, static_cast<int32_t>(target), session};
  const KeeperMessage answer = Answer(Ask(wire::ClientKind::signal, order, id));
  EXPECT_EQ(answer.kind, wire::ClientKind::signalled);
  return answer.As<wire::Signalled>();
}

uint64_t KeeperClient::SendStop(std::string_view id, const std::vector<wire::Step>& steps,
                                int kill_grace_ms, uint64_t session) {
  wire::Stop order = {};
  order.session = session;
  order.kill_grace_ms = kill_grace_ms;
  order.step_count = static_cast<int32_t>(steps.size());
  for (size_t i = 0; i < steps.size(); ++i) order.steps[i] = steps[i];
  return Ask(wire::ClientKind::stop, order, id);
}

}  // namespace raw_exec::test
