// Clients that know the protocol, and use it to do harm: the keeper goes on serving others.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "../../native/core/plan_wire.h"
#include "keeper_client.h"
#include "keeper_process.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

const int kPatienceMs = 30'000 * Slowness();
constexpr int kMostClients = 4096;  // that the keeper serves at a time

size_t OpenDescriptors(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

class KeeperHostile : public testing::Test {
 protected:
  // Whatever was done to it: it serves, and holds no more than before.
  ~KeeperHostile() override {
    EXPECT_TRUE(keeper_.IsAlive());
    ShellPlan plan("exit 7");
    KeptTask task;
    task.id = "last";
    {
      KeeperClient client(state_.path());
      client.Start(&plan, task);
      EXPECT_EQ(client.AwaitExit("last").exit.code, 7);
      client.Forget("last");
    }
    Await("the keeper holds no more descriptors than at first",
          [this] { return OpenDescriptors(keeper_.pid()) <= at_first_; });
  }

  StateFolder state_;
  KeeperProcess keeper_{state_.path()};
  size_t at_first_ = OpenDescriptors(keeper_.pid());
};

TEST_F(KeeperHostile, AStartThatIsSaidAgainRunsOnce) {
  const std::string ran = state_.path() + "/ran";
  ShellPlan plan("echo run >>" + ran);
  const StartMessage message = MakeStart(&plan, {});
  KeeperClient client(state_.path());
  const KeeperMessage first = client.Answer(client.SendStart(message, {}));
  EXPECT_EQ(first.kind, wire::ClientKind::started);
  for (int again = 0; again < 3; ++again) {
    const wire::Failed failed = client.Fail(client.SendStart(message, {}));
    EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::exists));
    KeeperClient other(state_.path());
    EXPECT_EQ(other.Fail(other.SendStart(message, {})).reason,
              static_cast<int32_t>(wire::Reason::exists));
  }
  client.AwaitExit("task");
  EXPECT_EQ(std::filesystem::file_size(ran), 4U);
  client.Forget("task");
}

// A number whose answer has come may be used again, and is answered again.
TEST_F(KeeperHostile, ANumberThatWasAnsweredIsNoLongerUnderWay) {
  KeeperClient client(state_.path());
  char buffer[64];
  for (int again = 0; again < 100; ++again) {
    wire::MessageWriter writer(buffer, sizeof(buffer),
                               static_cast<uint16_t>(wire::ClientKind::list), 77);
    ASSERT_TRUE(client.SendBytes(writer.Put(wire::List{0}).View()));
    EXPECT_EQ(client.Answer(77).kind, wire::ClientKind::tasks);
  }
}

TEST_F(KeeperHostile, MoreClientsThanItServesCloseNobodyElse) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit raised = {before.rlim_max, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &raised), 0);
  // The keeper has two for each: the connection, and whose it is.
  if (before.rlim_max < 2 * kMostClients + 200) {
    GTEST_SKIP() << "RLIMIT_NOFILE leaves no room for so many clients";
  }
  KeeperClient first(state_.path());
  {
    std::vector<std::unique_ptr<KeeperClient>> crowd;
    for (int i = 0; i < kMostClients + 50; ++i) {
      crowd.push_back(std::make_unique<KeeperClient>(state_.path(), false));
    }
    EXPECT_TRUE(crowd.back()->AwaitClosed()) << "there are too many";
    EXPECT_TRUE(first.List().empty());
  }
  Await("their places are free again", [this] {
    const KeeperClient next(state_.path(), false);
    return next.is_connected() && OpenDescriptors(keeper_.pid()) < at_first_ + 100;
  });
  EXPECT_TRUE(first.List().empty());
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(KeeperHostile, StdioOfEveryKindIsTheTasksMatter) {
  int pair[2] = {-1, -1};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd ends[2] = {UniqueFd(pair[0]), UniqueFd(pair[1])};
  KeeperClient client(state_.path());
  UniqueFd kinds[] = {
      UniqueFd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      UniqueFd(open("/dev/null", O_PATH | O_CLOEXEC)),
      UniqueFd(open("/dev/full", O_WRONLY | O_CLOEXEC)),
      UniqueFd(eventfd(0, EFD_CLOEXEC)),
      UniqueFd(epoll_create1(EPOLL_CLOEXEC)),
      UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0))),
      UniqueFd(dup(pair[0])),
      UniqueFd(dup(client.fd())),  // the client's own connection
      MakePlanMemfd("not a plan"),
  };
  for (const UniqueFd& kind : kinds) {
    ASSERT_TRUE(static_cast<bool>(kind));
    ShellPlan plan("exit 3");
    plan.stdio[1] = Descriptor(kind.get());
    client.Start(&plan, {});
    EXPECT_EQ(client.AwaitExit("task").exit.code, 3);
    client.Forget("task");
  }
}

// Descriptors that the keeper has not read yet count as the sender's: it gets no further than that.
TEST_F(KeeperHostile, FloodsOfDescriptorsAreClosed) {
  const UniqueFd file(open("/dev/null", O_RDWR | O_CLOEXEC));
  const std::vector<int> many(250, file.get());
  for (const bool greets : {false, true}) {
    for (int i = 0; i < 20; ++i) {
      KeeperClient client(state_.path(), greets);
      const wire::Frame frame = {sizeof(frame), 5, 0, 9};
      const std::string bytes(reinterpret_cast<const char*>(&frame), sizeof(frame));
      while (client.SendBytes(bytes, many)) continue;
      EXPECT_TRUE(client.AwaitClosed());
    }
  }
}

// It has queued hundreds of starts, and is gone before the first answer.
TEST_F(KeeperHostile, WhoAsksForManyStartsAndGoesLeavesTasksOrNothing) {
  ShellPlan plan("exit 0");
  const int asked = Fewer(300, 100);
  {
    KeeperClient client(state_.path());
    ASSERT_EQ(fcntl(client.fd(), F_SETFL, O_NONBLOCK), 0);
    const StartMessage message = MakeStart(&plan, {});
    for (int i = 0; i < asked; ++i) {
      KeptTask task;
      task.id = "task-" + std::to_string(i);
      // As fast as the keeper reads, and without an answer ever being read.
      pollfd writable = {client.fd(), POLLOUT, 0};
      ASSERT_EQ(poll(&writable, 1, kPatienceMs), 1) << "the keeper does not read";
      client.SendStart(message, task);
    }
  }
  // Or it would go on to read starts after everything has been looked at.
  Await("the keeper has seen that it is gone",
        [this] { return OpenDescriptors(keeper_.pid()) <= at_first_; });
  KeeperClient client(state_.path());
  const StartMessage probe = MakeStart(&plan, {});
  Await("all of them have ended, and another is started", [&] {
    for (const ListedTask& task : client.List()) {
      if (task.info.exit.state == static_cast<int32_t>(wire::ExitState::running)) return false;
      EXPECT_EQ(task.info.exit.code, 0) << task.id;
      client.Forget(task.id);
    }
    const bool is_started =
        client.Answer(client.SendStart(probe, {})).kind == wire::ClientKind::started;
    if (is_started) {
      client.AwaitExit("task");
      client.Forget("task");
    }
    // Starts are begun in turn: with that one all that were asked for before have begun.
    return is_started && client.List().empty();
  });
}

TEST_F(KeeperHostile, AnotherUserIsNotHeard) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  std::filesystem::permissions(state_.path(), std::filesystem::perms::all);
  std::filesystem::permissions(state_.path() + "/keeper.sock", std::filesystem::perms::all);
  const pid_t pid = fork();
  if (pid == 0) {
    constexpr uid_t kNobody = 65534;
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(1);
    KeeperClient client(state_.path(), false);
    _exit(client.is_connected() && client.AwaitClosed() ? 0 : 2);
  }
  const int status = AwaitEnd(pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  std::filesystem::permissions(state_.path(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace raw_exec::test
