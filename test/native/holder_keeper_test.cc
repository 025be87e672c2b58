// Keepers that come and go.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>

#include "holder_process.h"

namespace raw_exec::test {
namespace {

using wire::HolderKind;

class Sleeper : public TestPlan {
 public:
  Sleeper() : TestPlan({"/bin/sleep", "1000"}) {
    stdio = {File("/dev/null", O_RDONLY), File("/dev/null", O_WRONLY), File("/dev/null", O_WRONLY)};
  }
};

// A program in place of a keeper, which writes down how it was started.
class StandIn {
 public:
  StandIn() {
    std::ofstream script(path());
    script << "#!/bin/sh\n"
           << "echo \"$* ppid=$PPID $(ls -x /proc/self/fd | tr -s ' \\n' ' ')\" >> " << log()
           << "\n";
    script.close();
    chmod(path().c_str(), 0700);
  }
  std::string path() const { return directory_.path() + "/keeper"; }
  std::string Log() const {
    std::ifstream file(log());
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string log() const { return directory_.path() + "/log"; }
  TestDirectory directory_;
};

TEST(HolderKeeper, IsStartedWhenNoneComesAndTasksLive) {
  const StandIn keeper;
  HolderProcess::Options options;
  options.keeper = keeper.path();
  HolderProcess holder(options);
  Sleeper plan;
  holder.MustStart(&plan, TaskOrder{});
  holder.link().Close();
  ASSERT_TRUE(WaitFor([&] { return keeper.Log().find('\n') != std::string::npos; }));
  const std::string log = keeper.Log();
  EXPECT_EQ(log.rfind("keeper --state " + holder.state() + " --foreground", 0), 0U) << log;
  EXPECT_NE(log.find("ppid=" + std::to_string(holder.pid())), std::string::npos) << log;
  EXPECT_NE(log.find(" 0 1 2 3"), std::string::npos) << "stdio, and what lists: " << log;
  EXPECT_EQ(log.find(" 4"), std::string::npos) << log;
  // It does not attach, and ends: there is another one after a while.
  EXPECT_TRUE(WaitFor([&] {
    const std::string later = keeper.Log();
    return std::count(later.begin(), later.end(), '\n') >= 2;
  }));
}

TEST(HolderKeeper, IsNotStartedOnceOneHasAttached) {
  const StandIn keeper;
  HolderProcess::Options options;
  options.keeper = keeper.path();
  HolderProcess holder(options);
  Sleeper plan;
  holder.MustStart(&plan, TaskOrder{});
  holder.link().Close();
  HolderLink next = holder.Connect();
  next.SendAttach(1);
  next.Await(HolderKind::held_all, 1);
  // The time in which one would have been started passes with a start that has to be killed.
  const TestDirectory directory;
  const std::string fifo = directory.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  TestPlan blocked({ProbePath()});
  blocked.stdio = {File(fifo.c_str(), O_RDONLY)};
  TaskOrder order;
  order.serial = 2;
  order.deadline_ms = 1000;
  next.SendStart(&blocked, order, 3);
  EXPECT_EQ(next.AwaitAnswer(3).As<wire::Failed>().error, ETIMEDOUT);
  EXPECT_EQ(keeper.Log(), "");
}

TEST(HolderKeeper, IsNotNeededWithoutTasks) {
  const StandIn keeper;
  HolderProcess::Options options;
  options.keeper = keeper.path();
  HolderProcess holder(options);
  TestPlan plan({ProbePath(), "0"});
  plan.stdio = {File("/dev/null", O_RDONLY), File("/dev/null", O_WRONLY),
                File("/dev/null", O_WRONLY)};
  holder.MustStart(&plan, TaskOrder{});
  holder.link().AwaitExit(1);
  holder.link().Close();
  EXPECT_EQ(holder.AwaitExitCode(), 0) << "nor is the holder, which has freed all of its memory";
  EXPECT_EQ(keeper.Log(), "");
  EXPECT_TRUE(holder.HasFiles(1)) << "the record is there for the next keeper";
}

TEST(HolderKeeper, TakesTheNextOneWhileTheFirstStillHangsOn) {
  HolderProcess holder;
  Sleeper plan;
  holder.MustStart(&plan, TaskOrder{});
  HolderLink next = holder.Connect();
  next.SendAttach(1);
  EXPECT_EQ(next.Await(HolderKind::held, 1).As<wire::Held>().serial, 1U);
  next.Await(HolderKind::held_all, 1);
  EXPECT_TRUE(holder.link().AwaitEnd()) << "there is one keeper";
}

TEST(HolderKeeper, MayAskOnTheGivenSocketToo) {
  HolderProcess holder;
  holder.link().SendAttach(9);
  EXPECT_EQ(holder.link().Await(HolderKind::attached, 9).As<wire::Attached>().holder_pid,
            holder.pid());
  holder.link().Await(HolderKind::held_all, 9);
}

TEST(HolderKeeper, OfAnotherProtocolIsToldSo) {
  HolderProcess holder;
  holder.link().Send(HolderKind::attach, 3, wire::Attach{wire::kMagic, 999, 0});
  const HolderMessage answer = holder.link().AwaitAnswer(3);
  EXPECT_EQ(answer.kind, HolderKind::failed);
  EXPECT_EQ(answer.As<wire::Failed>().reason, static_cast<int32_t>(wire::Reason::protocol));
}

TEST(HolderKeeper, ThatDiesDuringAStartLeavesATaskOrNothing) {
  HolderProcess holder;
  const TestDirectory directory;
  const std::string fifo = directory.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  TestPlan blocked({ProbePath(), "21"});
  blocked.stdio = {File(fifo.c_str(), O_RDONLY)};
  holder.link().SendStart(&blocked, TaskOrder{}, 1);
  StartRecord record;
  ASSERT_TRUE(WaitFor([&] { return ReadStart(holder.tasks_fd(), 1, &record) == 0; }));
  holder.link().Close();
  HolderLink next = holder.Connect();
  next.SendAttach(1);
  const wire::Held held = next.Await(HolderKind::held, 1).As<wire::Held>();
  EXPECT_EQ(held.serial, 1U);
  EXPECT_EQ(held.pid, record.pid);
  // It reaches its program after all.
  const UniqueFd writer(open(fifo.c_str(), O_WRONLY));
  EXPECT_EQ(next.AwaitExit(1).exit.code, 21);
}

TEST(HolderKeeper, ASecondHolderIsRefused) {
  HolderProcess first;
  first.tasks_fd();
  first.link().SendAttach(1);
  first.link().Await(HolderKind::held_all, 1);
  HolderProcess::Options options;
  options.state = first.state();
  HolderProcess second(options);
  EXPECT_EQ(second.AwaitExitCode(), 75) << "ExitCode::locked";
  Sleeper plan;
  first.MustStart(&plan, TaskOrder{});
}

TEST(HolderKeeper, ALockIsNotHeldByAChildThatIsOnItsWay) {
  HolderProcess first;
  const TestDirectory directory;
  const std::string fifo = directory.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  TestPlan blocked({ProbePath()});
  blocked.stdio = {File(fifo.c_str(), O_RDONLY)};
  first.link().SendStart(&blocked, TaskOrder{}, 1);
  StartRecord record;
  ASSERT_TRUE(WaitFor([&] { return ReadStart(first.tasks_fd(), 1, &record) == 0; }));
  first.Kill();
  EXPECT_TRUE(first.link().AwaitEnd()) << "nor is the socket";
  HolderProcess::Options options;
  options.state = first.state();
  HolderProcess second(options);
  second.link().SendAttach(1);
  EXPECT_EQ(second.link().Await(HolderKind::attached, 1).As<wire::Attached>().holder_pid,
            second.pid());
  kill(record.pid, SIGKILL);
}

}  // namespace
}  // namespace raw_exec::test
