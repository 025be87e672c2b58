#include "surroundings.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "seed_plan.h"

namespace raw_exec::fuzz {
namespace {

UniqueFd MakePlanMemfd() {
  const std::string bytes = SeedPlan();
  UniqueFd fd(memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
  if (!fd || write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) {
    GiveUp("make a memfd");
  }
  return fd;
}

std::string MakeStateDirectory() {
  const char* parent = std::getenv("TMPDIR");
  std::string path = std::string(parent == nullptr ? "/tmp" : parent) + "/raw-exec-fuzz-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) GiveUp("make a directory in TMPDIR");
  return path;
}

}  // namespace

void GiveUp(const char* what) {
  (void)std::fprintf(stderr, "the fuzzer cannot %s: %s\n", what, std::strerror(errno));
  _exit(1);
}

const std::string& StatePath() {
  static const std::string path = MakeStateDirectory();
  return path;
}

Pair MakePair() {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    GiveUp("make a socket");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<UniqueFd> MakeDescriptors(int count) {
  static const UniqueFd plan = MakePlanMemfd();
  static const UniqueFd other(open("/dev/null", O_RDWR | O_CLOEXEC));
  std::vector<UniqueFd> fds;
  for (int i = 0; i < count; ++i) {
    fds.emplace_back(fcntl(i == 0 ? plan.get() : other.get(), F_DUPFD_CLOEXEC, 3));
  }
  return fds;
}

bool Send(int socket_fd, std::string_view bytes, const std::vector<UniqueFd>& fds) {
  iovec part = {const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 3)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    for (size_t i = 0; i < fds.size(); ++i) {
      const int fd = fds[i].get();
      std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof(fd));
    }
  }
  const ssize_t sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent >= 0 && static_cast<size_t>(sent) == bytes.size();
}

void SetUp(keeper::Keeper* keeper) {
  if (keeper->loop.Open() != 0) GiveUp("make an epoll");
  if (keeper->state.Open(StatePath())) GiveUp("open its state directory");
  keeper->waiter = std::make_unique<TaskWaiter>(&keeper->loop, keeper->state.tasks_fd(), keeper);
  keeper->supervisors.Open(&keeper->loop, [](const keeper::ProcessIdentity&) {});
  keeper->places.Open(&keeper->loop);
  const auto add = [keeper](uint64_t session_of) {
    auto task = std::make_unique<keeper::Task>();
    task->record.serial = keeper->tasks.NextSerial();
    task->record.session_of = session_of;
    task->record.task_id = "task";
    task->is_started = true;
    task->exit.state = static_cast<int32_t>(wire::ExitState::exited);
    return keeper->tasks.Add(std::move(task));
  };
  keeper::Task* task = add(0);
  task->record.attachment = "its supervisor's";
  add(task->record.serial);
}

}  // namespace raw_exec::fuzz
