#include "holder_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "../../native/core/kernel_features.h"
#include "../../native/core/plan_wire.h"
#include "../../native/core/process_tree.h"
#include "../../native/core/wire/message_reader.h"
#include "../../native/core/wire/message_writer.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

const int kPatienceMs = 10'000 * Slowness();

UniqueFd SealedPlan(const SpawnPlan& plan, uint32_t* size) {
  std::vector<char> bytes(PlanWriter(nullptr, 0).Write(plan));
  PlanWriter(bytes.data(), bytes.size()).Write(plan);
  *size = static_cast<uint32_t>(bytes.size());
  UniqueFd fd(memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK), 0);
  return fd;
}

wire::HolderStart HeadOf(const TaskOrder& order, const SpawnPlan& plan, uint32_t plan_size) {
  wire::HolderStart head = {};
  head.serial = order.serial;
  head.supervisor_pid = order.supervisor_pid;
  head.supervisor_start_ticks = 12'345;
  wire::Start& start = head.start;
  start.plan_size = plan_size;
  start.plan_version = order.plan_version != 0 ? order.plan_version : kWireVersion;
  start.features = KernelFeatures();
  start.containment = order.is_tree ? 1 : 0;
  start.has_cgroup_fd = order.cgroup_fd >= 0 ? 1 : 0;
  for (int i = 0; i < plan.stdio_count; ++i) {
    if (plan.stdio[i].source == StdioSource::descriptor) ++start.stdio_fd_count;
  }
  start.exec_deadline_ms = order.deadline_ms;
  start.v1_count = static_cast<int32_t>(order.v1_groups.size());
  start.step_count = static_cast<int32_t>(order.steps.size());
  for (size_t i = 0; i < order.steps.size(); ++i) start.steps[i] = order.steps[i];
  return head;
}

}  // namespace

TestDirectory::TestDirectory() {
  char name[] = "/tmp/raw-exec-holder-XXXXXX";
  path_ = mkdtemp(name);
}

TestDirectory::~TestDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool HolderLink::SendBytes(const std::string& bytes, const std::vector<int>& fds) {
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

void HolderLink::SendPart(wire::HolderKind kind, uint64_t request, const void* part, size_t size) {
  const wire::Frame frame = {static_cast<uint32_t>(sizeof(wire::Frame) + size),
                             static_cast<uint16_t>(kind), 0, request};
  std::string bytes(reinterpret_cast<const char*>(&frame), sizeof(frame));
  bytes.append(static_cast<const char*>(part), size);
  EXPECT_TRUE(SendBytes(bytes));
}

void HolderLink::SendNote(uint64_t request, const wire::HolderNote& note,
                          std::string_view attachment) {
  std::string buffer(wire::kMaxMessage, '\0');
  wire::MessageWriter writer(buffer.data(), buffer.size(),
                             static_cast<uint16_t>(wire::HolderKind::note), request);
  EXPECT_TRUE(SendBytes(std::string(writer.Put(note).PutText(attachment).View())));
}

void HolderLink::SendStart(TestPlan* plan, const TaskOrder& order, uint64_t request) {
  const SpawnPlan& finished = plan->Finish().plan;
  uint32_t plan_size = 0;
  const UniqueFd memfd = SealedPlan(finished, &plan_size);
  std::vector<int> fds = {memfd.get()};
  if (order.cgroup_fd >= 0) fds.push_back(order.cgroup_fd);
  for (int i = 0; i < finished.stdio_count; ++i) {
    if (finished.stdio[i].source == StdioSource::descriptor) fds.push_back(finished.stdio[i].fd);
  }
  std::vector<char> buffer(wire::kMaxMessage);
  wire::MessageWriter writer(buffer.data(), buffer.size(),
                             static_cast<uint16_t>(wire::HolderKind::start), request);
  writer.Put(HeadOf(order, finished, plan_size)).PutText(order.task_id).PutText(order.v2_group);
  for (const V1Group& group : order.v1_groups) {
    writer.PutText(group.controller).PutText(group.directory);
  }
  writer.PutText("").PutText("").PutText("").PutText("").PutText(order.attachment);
  EXPECT_TRUE(SendBytes(std::string(buffer.data(), writer.Finish()), fds));
}

void HolderLink::SendAttach(uint64_t request) {
  Send(wire::HolderKind::attach, request, wire::Attach{wire::kMagic, wire::kProtocol, 0});
}

bool HolderLink::ReceiveOne() {
  pollfd entry = {socket_.get(), POLLIN, 0};
  if (has_ended_ || poll(&entry, 1, kPatienceMs) != 1) return false;
  std::vector<char> buffer(wire::kMaxMessage);
  const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    has_ended_ = true;
    return false;
  }
  const wire::MessageReader reader(buffer.data(), static_cast<size_t>(got));
  EXPECT_TRUE(reader.is_good());
  HolderMessage message;
  message.kind = static_cast<wire::HolderKind>(reader.frame().kind);
  message.request = reader.frame().request;
  message.body.assign(buffer.data() + sizeof(wire::Frame),
                      static_cast<size_t>(got) - sizeof(wire::Frame));
  received_.push_back(std::move(message));
  return true;
}

HolderMessage HolderLink::Await(wire::HolderKind kind, uint64_t request) {
  for (size_t at = 0;; ++at) {
    if (at == received_.size() && !ReceiveOne()) {
      ADD_FAILURE() << "no message of kind " << static_cast<int>(kind);
      return {};
    }
    if (received_[at].kind != kind || received_[at].request != request) continue;
    HolderMessage message = std::move(received_[at]);
    received_.erase(received_.begin() + static_cast<std::ptrdiff_t>(at));
    return message;
  }
}

HolderMessage HolderLink::AwaitAnswer(uint64_t request) {
  for (size_t at = 0;; ++at) {
    if (at == received_.size() && !ReceiveOne()) {
      ADD_FAILURE() << "no answer to request " << request;
      return {};
    }
    if (received_[at].request != request) continue;
    HolderMessage message = std::move(received_[at]);
    received_.erase(received_.begin() + static_cast<std::ptrdiff_t>(at));
    return message;
  }
}

wire::HolderExited HolderLink::AwaitExit(uint64_t serial) {
  for (size_t at = 0;; ++at) {
    if (at == received_.size() && !ReceiveOne()) {
      ADD_FAILURE() << "no exit of task " << serial;
      return {};
    }
    if (received_[at].kind != wire::HolderKind::exited) continue;
    const wire::HolderExited exited = received_[at].As<wire::HolderExited>();
    if (exited.serial != serial) continue;
    received_.erase(received_.begin() + static_cast<std::ptrdiff_t>(at));
    return exited;
  }
}

bool HolderLink::AwaitEnd() {
  while (ReceiveOne()) continue;
  return has_ended_;
}

HolderProcess::HolderProcess(const Options& options) {
  // What a killed holder leaves becomes ours, as it becomes the keeper's.
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  state_ = options.state.empty() ? directory_.path() + "/state" : options.state;
  int pair[2] = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  link_ = HolderLink(UniqueFd(pair[0]));
  const UniqueFd theirs(pair[1]);
  TestPlan plan({RAW_EXEC_KEEPER, "holder", "--state", state_, "--keeper",
                 options.keeper.empty() ? "/bin/false" : options.keeper});
  plan.env = {"PATH=/usr/bin:/bin"};
  plan.stdio = {File("/dev/null", O_RDONLY), File("/dev/null", O_WRONLY), Descriptor(2),
                Descriptor(theirs.get())};
  const Rlimit limit = {RLIMIT_NOFILE, 0, options.descriptors, options.descriptors};
  plan.plan().rlimits = &limit;
  plan.plan().rlimit_count = options.descriptors > 0 ? 1 : 0;
  SpawnContext context;
  const SpawnResult result = context.Spawn(plan.Finish());
  EXPECT_EQ(result.error, 0);
  pid_ = result.pid;
}

HolderProcess::~HolderProcess() {
  const std::vector<pid_t> left = pid_ > 0 ? ChildrenOf(pid_) : std::vector<pid_t>();
  Kill();
  // Those were children of ours from the holder's death on, and are not reaped yet.
  for (const pid_t pid : left) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, __WALL);
  }
}

int HolderProcess::tasks_fd() {
  if (!tasks_) {
    const std::string path = state_ + "/tasks";
    EXPECT_TRUE(WaitFor([&] { return access(path.c_str(), F_OK) == 0; }));
    tasks_.Reset(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  return tasks_.get();
}

HolderLink HolderProcess::Connect() const {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (state_ + "/holder.sock").c_str(), sizeof(address.sun_path) - 1);
  EXPECT_TRUE(WaitFor([&] {
    return connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }));
  return HolderLink(std::move(socket));
}

HolderMessage HolderProcess::Start(TestPlan* plan, const TaskOrder& order) {
  const uint64_t request = ++next_request_;
  link_.SendStart(plan, order, request);
  return link_.AwaitAnswer(request);
}

wire::Started HolderProcess::MustStart(TestPlan* plan, const TaskOrder& order) {
  const HolderMessage answer = Start(plan, order);
  const wire::Failed failed = answer.As<wire::Failed>();
  EXPECT_EQ(answer.kind, wire::HolderKind::started)
      << "errno " << failed.error << ", reason " << failed.reason << ", step " << failed.step;
  return answer.As<wire::Started>();
}

void HolderProcess::Signal(uint64_t serial, int signal, bool to_group) {
  const uint64_t request = ++next_request_;
  link_.Send(wire::HolderKind::signal, request,
             wire::HolderSignal{serial, signal, to_group ? 1 : 0});
  const HolderMessage answer = link_.Await(wire::HolderKind::signalled, request);
  EXPECT_EQ(answer.As<wire::HolderSignalled>().error, 0);
}

void HolderProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, __WALL);
  pid_ = -1;
}

int HolderProcess::AwaitExitCode() {
  int status = 0;
  const bool has_ended = WaitFor([&] { return waitpid(pid_, &status, WNOHANG | __WALL) == pid_; });
  if (!has_ended) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool HolderProcess::HasFiles(uint64_t serial) const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(state_ + "/tasks", error)) {
    if (entry.path().filename().string().starts_with(TaskPath(serial, "").get())) return true;
  }
  return false;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  const std::string process = std::to_string(pid);
  std::ifstream file("/proc/" + process + "/task/" + process + "/children");
  std::vector<pid_t> pids;
  for (pid_t child = 0; file >> child;) pids.push_back(child);
  return pids;
}

char StateOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const size_t end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() ? '\0' : text[end + 2];
}

}  // namespace raw_exec::test
