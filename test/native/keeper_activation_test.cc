// A keeper whose socket a service manager has made: used when it is the right one, refused with a
// word when it is not, and never handed on.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "keeper_client.h"
#include "keeper_process.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

constexpr int kGiven = 3;
const int kPatienceMs = 30'000 * Slowness();
constexpr int kRefused = 3;

UniqueFd Bind(const std::string& path, int type) {
  UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << path;
  return fd;
}

UniqueFd Listen(const std::string& path, int type = SOCK_SEQPACKET) {
  UniqueFd fd = Bind(path, type);
  EXPECT_EQ(listen(fd.get(), 16), 0);
  return fd;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// How a service manager would start it.
struct Manager {
  std::string state;
  std::string count = "1";
  bool is_for_another = false;
  std::string notify_path;
  std::string errors_path;

  pid_t Start(int listener_fd) const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    dup2(listener_fd, kGiven);
    setenv("LISTEN_PID", std::to_string(is_for_another ? getppid() : getpid()).c_str(), 1);
    setenv("LISTEN_FDS", count.c_str(), 1);
    setenv("LISTEN_FDNAMES", "keeper", 1);
    setenv("NOTIFY_SOCKET", notify_path.c_str(), 1);
    if (!errors_path.empty() && freopen(errors_path.c_str(), "w", stderr) == nullptr) _exit(126);
    execl(RAW_EXEC_KEEPER, "raw-exec-keeper", "--state", state.c_str(), "--foreground",
          "--supervised", nullptr);
    _exit(127);
  }
};

class KeeperActivation : public testing::Test {
 protected:
  KeeperActivation() {
    manager_.state = state_.path();
    manager_.notify_path = other_.path() + "/notify";
    notices_ = Bind(manager_.notify_path, SOCK_DGRAM);
  }
  ~KeeperActivation() override {
    if (keeper_ < 0) return;
    kill(keeper_, SIGTERM);
    AwaitEnd(keeper_);
  }

  std::string SocketPath() const { return state_.path() + "/keeper.sock"; }
  void Start(int listener_fd) {
    keeper_ = manager_.Start(listener_fd);
    pollfd entry = {notices_.get(), POLLIN, 0};
    ASSERT_EQ(poll(&entry, 1, kPatienceMs), 1) << "it does not tell that it is ready";
    char notice[128] = {};
    ASSERT_GT(read(notices_.get(), notice, sizeof(notice) - 1), 0);
    EXPECT_EQ(std::string(notice), "READY=1\nMAINPID=" + std::to_string(keeper_));
  }
  void Kill() {
    kill(keeper_, SIGKILL);
    AwaitEnd(keeper_);
    keeper_ = -1;
  }
  // What a keeper that refuses says.
  std::string Refusal(int listener_fd) {
    manager_.errors_path = other_.path() + "/errors";
    const int status = AwaitEnd(manager_.Start(listener_fd));
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kRefused) << "status " << status;
    return ReadAll(manager_.errors_path);
  }

  StateFolder state_;
  StateFolder other_;
  Manager manager_;
  UniqueFd notices_;
  pid_t keeper_ = -1;
};

TEST_F(KeeperActivation, ItServesTheSocketThatItWasGiven) {
  const UniqueFd listener = Listen(SocketPath());
  struct stat before = {};
  ASSERT_EQ(stat(SocketPath().c_str(), &before), 0);
  Start(listener.get());
  KeeperClient client(state_.path());
  EXPECT_EQ(client.welcome().keeper_pid, keeper_);
  struct stat after = {};
  ASSERT_EQ(stat(SocketPath().c_str(), &after), 0);
  EXPECT_EQ(after.st_ino, before.st_ino) << "it has made one of its own";
}

TEST_F(KeeperActivation, WhatItStartsGetsNeitherTheSocketNorTheVariables) {
  const UniqueFd listener = Listen(SocketPath());
  Start(listener.get());
  struct stat socket = {};
  ASSERT_EQ(fstat(listener.get(), &socket), 0);
  const std::string process =
      "/proc/" + std::to_string(KeeperClient(state_.path()).welcome().holder_pid);
  const std::string environment = ReadAll(process + "/environ");
  EXPECT_NE(environment.find("PATH="), std::string::npos) << "it could be read";
  EXPECT_EQ(environment.find("LISTEN_"), std::string::npos);
  EXPECT_EQ(environment.find("NOTIFY_SOCKET"), std::string::npos);
  const std::string name = "socket:[" + std::to_string(socket.st_ino) + "]";
  for (const auto& entry : std::filesystem::directory_iterator(process + "/fd")) {
    EXPECT_NE(std::filesystem::read_symlink(entry.path()).string(), name) << entry.path();
  }
}

TEST_F(KeeperActivation, WhoComesWhileItIsDeadIsServedByTheNextOne) {
  const UniqueFd listener = Listen(SocketPath());
  Start(listener.get());
  KeptTask task;
  ShellPlan plan("exec sleep 1000");
  const wire::Started started = KeeperClient(state_.path()).Start(&plan, task);
  Kill();
  KeeperClient client(state_.path(), false);
  ASSERT_TRUE(client.is_connected());
  Start(listener.get());
  const uint64_t hello =
      client.Ask(wire::ClientKind::hello, wire::Hello{wire::kMagic, wire::kProtocol, 0}, "test");
  EXPECT_EQ(client.Answer(hello).As<wire::Welcome>().keeper_pid, keeper_);
  EXPECT_EQ(client.List().at(0).info.pid, started.pid);
  client.Signal(task.id, SIGKILL);
  client.AwaitExit(task.id);
  client.Forget(task.id);
}

// The task lasts longer than the holder waits before it starts a keeper where nobody else does.
TEST_F(KeeperActivation, TheHolderLeavesItToTheManagerToStartTheNextOne) {
  const UniqueFd listener = Listen(SocketPath());
  Start(listener.get());
  KeptTask task;
  ShellPlan plan("exec sleep 1.5");
  KeeperClient(state_.path()).Start(&plan, task);
  const pid_t holder = state_.Named("holder.lock");
  const pid_t killed = keeper_;
  Kill();
  Await("the holder has nothing to hold any more", [&] {
    waitpid(holder, nullptr, WNOHANG);  // the test has inherited it
    return kill(holder, 0) != 0;
  });
  EXPECT_EQ(state_.Named("keeper.lock"), killed);
}

TEST_F(KeeperActivation, WhatIsMeantForAnotherProcessIsPassedOver) {
  const UniqueFd listener = Listen(other_.path() + "/stranger.sock");
  manager_.is_for_another = true;
  Start(listener.get());
  EXPECT_EQ(KeeperClient(state_.path()).welcome().keeper_pid, keeper_);
}

TEST_F(KeeperActivation, AWrongSocketIsRefusedAndNamed) {
  const UniqueFd stream = Listen(other_.path() + "/stream.sock", SOCK_STREAM);
  EXPECT_NE(Refusal(stream.get()).find("not a SOCK_SEQPACKET socket"), std::string::npos);
  const UniqueFd elsewhere = Listen(other_.path() + "/keeper.sock");
  EXPECT_NE(Refusal(elsewhere.get()).find("it is named \"" + other_.path()), std::string::npos);
  const UniqueFd deaf = Bind(SocketPath(), SOCK_SEQPACKET);
  EXPECT_NE(Refusal(deaf.get()).find("nobody listens on it"), std::string::npos);
  EXPECT_EQ(unlink(SocketPath().c_str()), 0);
  const UniqueFd hidden = Listen(SocketPath());
  manager_.count = "2";
  EXPECT_NE(Refusal(hidden.get()).find("there are 2"), std::string::npos);
}

TEST_F(KeeperActivation, ASocketThatHasLostItsNameIsRefused) {
  const UniqueFd listener = Listen(SocketPath());
  { KeeperProcess started_by_hand(state_.path()); }
  EXPECT_NE(Refusal(listener.get()).find("another has taken its name"), std::string::npos);
}

}  // namespace
}  // namespace raw_exec::test
