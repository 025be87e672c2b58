// Tasks of a holder that are below a reaper: what is left when a start fails, when the reaper is
// killed, and when it has nowhere to write.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "../../native/core/process_identity.h"
#include "../../native/core/process_tree.h"
#include "../../native/core/spawn.h"
#include "../../native/holder/held_trees.h"
#include "holder_process.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

using wire::HolderKind;

class Shell : public TestPlan {
 public:
  explicit Shell(const std::string& script) : TestPlan({"/bin/sh", "-c", script}) {
    stdio = {File("/dev/null", O_RDONLY), File("/dev/null", O_WRONLY), File("/dev/null", O_WRONLY)};
    env = {"PATH=/usr/bin:/bin"};
    plan().process_group = 0;
  }
};

TaskOrder Tree(uint64_t serial = 1) {
  TaskOrder order;
  order.serial = serial;
  order.is_tree = true;
  return order;
}

pid_t ParentOf(pid_t pid) {
  TreeProcess process = {};
  return LookAt(pid, &process) ? process.parent : -1;
}

bool HasRecordOf(HolderProcess* holder, uint64_t serial, ExitRecord* record) {
  return WaitFor([&] { return ReadExit(holder->tasks_fd(), serial, record) == 0; });
}

TEST(HolderTree, IsBelowAReaperThatWritesDownItsEndAndGoes) {
  HolderProcess holder;
  Shell plan("trap 'exit 5' USR1; while :; do sleep 0.01; done");
  const wire::Started started = holder.MustStart(&plan, Tree());
  EXPECT_EQ(ParentOf(started.pid), started.reaper_pid);
  EXPECT_EQ(ParentOf(started.reaper_pid), holder.pid());
  EXPECT_EQ(started.reaper_start_ticks, StartTicks(started.reaper_pid));
  StartRecord start;
  ASSERT_EQ(ReadStart(holder.tasks_fd(), 1, &start), 0);
  EXPECT_TRUE(start.is_tree);
  EXPECT_EQ(start.pid, started.pid);
  EXPECT_EQ(start.start_ticks, StartTicks(started.pid));
  EXPECT_EQ(start.reaper_pid, started.reaper_pid);
  EXPECT_EQ(start.reaper_start_ticks, started.reaper_start_ticks);
  const TaskPath mark(1, "reaper");
  EXPECT_TRUE(WaitFor([&] { return faccessat(holder.tasks_fd(), mark.get(), F_OK, 0) == 0; }));
  AwaitHandled(started.pid, SIGUSR1);
  kill(started.pid, SIGUSR1);
  ExitRecord record;
  ASSERT_TRUE(HasRecordOf(&holder, 1, &record));
  EXPECT_EQ(record.facts.code, 5);
  EXPECT_GT(record.facts.max_rss_bytes, 0);
  EXPECT_GT(record.facts.duration_ns, 0);
  EXPECT_TRUE(WaitFor([&] { return StateOf(started.reaper_pid) == 0; }));
  EXPECT_NE(faccessat(holder.tasks_fd(), mark.get(), F_OK, 0), 0);
}

// The number that the holder gives to the file is not open in the reaper, nor in the task.
TEST(HolderTree, HoldsNothingButItsRecords) {
  HolderProcess holder;
  Shell plan("exec sleep 1000");
  const wire::Started started = holder.MustStart(&plan, Tree());
  const std::string of_reaper = "/proc/" + std::to_string(started.reaper_pid) + "/fd/";
  struct stat tasks = {};
  ASSERT_EQ(fstat(holder.tasks_fd(), &tasks), 0);
  struct stat found = {};
  ASSERT_EQ(stat((of_reaper + "3").c_str(), &found), 0);
  EXPECT_EQ(found.st_ino, tasks.st_ino);
  // What it reads while it begins is closed soon.
  EXPECT_TRUE(WaitFor([&] {
    for (int fd = 4; fd < 64; ++fd) {
      if (stat((of_reaper + std::to_string(fd)).c_str(), &found) == 0) return false;
    }
    return true;
  }));
  const std::string of_task = "/proc/" + std::to_string(started.pid) + "/fd/3";
  EXPECT_TRUE(WaitFor([&] { return access(of_task.c_str(), F_OK) != 0; }));
  kill(started.pid, SIGKILL);
}

TEST(HolderTree, GoesOnWhenItsMainProcessHasEndedUntilNothingIsLeft) {
  HolderProcess holder;
  Shell plan("setsid sleep 1000 & exit 3");
  const wire::Started started = holder.MustStart(&plan, Tree());
  ExitRecord record;
  ASSERT_TRUE(HasRecordOf(&holder, 1, &record));
  EXPECT_EQ(record.facts.code, 3);
  ASSERT_TRUE(WaitFor([&] { return ChildrenOf(started.reaper_pid).size() == 1; }));
  EXPECT_NE(StateOf(started.reaper_pid), 0);
  kill(ChildrenOf(started.reaper_pid)[0], SIGKILL);
  EXPECT_TRUE(WaitFor([&] { return StateOf(started.reaper_pid) == 0; }));
}

TEST(HolderTree, LeavesNothingOfAFailedStart) {
  HolderProcess holder;
  TestPlan plan({"/nonexistent/program"});
  plan.stdio = {File("/dev/null", O_RDWR), File("/dev/null", O_RDWR), File("/dev/null", O_RDWR)};
  const HolderMessage answer = holder.Start(&plan, Tree());
  ASSERT_EQ(answer.kind, HolderKind::failed);
  EXPECT_EQ(answer.As<wire::Failed>().error, ENOENT);
  EXPECT_EQ(answer.As<wire::Failed>().step, static_cast<int32_t>(Step::exec));
  EXPECT_FALSE(holder.HasFiles(1));
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

// Waits in an open(2) before its program.
class Waiting : public TestPlan {
 public:
  explicit Waiting(const std::string& fifo) : TestPlan({"/bin/true"}) {
    stdio = {File(fifo.c_str(), O_RDONLY), File("/dev/null", O_RDWR), File("/dev/null", O_RDWR)};
  }
};

class HolderTreeOnItsWay : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(mkfifo(fifo_.c_str(), 0600), 0); }
  // The reaper and the task's child, once the record is there.
  void AwaitBoth(HolderProcess* holder, StartRecord* start) {
    ASSERT_TRUE(WaitFor([&] { return ReadStart(holder->tasks_fd(), 1, start) == 0; }));
    ASSERT_TRUE(WaitFor([&] { return ParentOf(start->pid) == start->reaper_pid; }));
  }

  TestDirectory directory_;
  const std::string fifo_ = directory_.path() + "/fifo";
};

TEST_F(HolderTreeOnItsWay, IsKilledAtItsDeadlineWithItsReaper) {
  HolderProcess holder;
  Waiting plan(fifo_);
  TaskOrder order = Tree();
  order.deadline_ms = 200;
  const HolderMessage answer = holder.Start(&plan, order);
  ASSERT_EQ(answer.kind, HolderKind::failed);
  EXPECT_EQ(answer.As<wire::Failed>().error, ETIMEDOUT);
  EXPECT_EQ(answer.As<wire::Failed>().flags, static_cast<int32_t>(kDeadline));
  EXPECT_FALSE(holder.HasFiles(1));
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

TEST_F(HolderTreeOnItsWay, GoesWithItsReaperAndFails) {
  HolderProcess holder;
  Waiting plan(fifo_);
  holder.link().SendStart(&plan, Tree(), 5);
  StartRecord start;
  AwaitBoth(&holder, &start);
  kill(start.reaper_pid, SIGKILL);
  const HolderMessage answer = holder.link().AwaitAnswer(5);
  // Killed by the kernel, or it has found its reaper gone by itself.
  ASSERT_EQ(answer.kind, HolderKind::failed);
  EXPECT_FALSE(holder.HasFiles(1));
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

TEST_F(HolderTreeOnItsWay, IsATaskWhenItsKeeperHasGone) {
  HolderProcess holder;
  Waiting plan(fifo_);
  holder.link().SendStart(&plan, Tree(), 5);
  StartRecord start;
  AwaitBoth(&holder, &start);
  holder.link().Close();
  HolderLink next = holder.Connect();
  next.SendAttach(1);
  next.Await(HolderKind::held_all, 1);
  const UniqueFd writer(open(fifo_.c_str(), O_WRONLY | O_CLOEXEC));
  ExitRecord record;
  ASSERT_TRUE(HasRecordOf(&holder, 1, &record));
  EXPECT_EQ(record.facts.code, 0);
}

TEST(HolderTree, IsTheHoldersWhenItsReaperIsKilled) {
  HolderProcess holder;
  Shell plan("exec sleep 1000");
  const wire::Started started = holder.MustStart(&plan, Tree());
  kill(started.reaper_pid, SIGKILL);
  const wire::HolderExited exited = holder.link().AwaitExit(1);
  EXPECT_EQ(exited.pid, started.pid);
  EXPECT_EQ(exited.exit.signal, SIGKILL);
  EXPECT_GT(exited.exit.max_rss_bytes, 0);
  ExitRecord record;
  ASSERT_EQ(ReadExit(holder.tasks_fd(), 1, &record), 0);
  EXPECT_EQ(record.facts.signal, SIGKILL);
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

// Both tasks have had the same number for their main process, one after the other: the first has
// ended long ago, and what it has left keeps its reaper.
TEST(HolderTree, IsFoundByItsMainProcessWhoseNumberAnotherHasHad) {
  constexpr int32_t kFirstReaper = 1'000'000'001;
  constexpr int32_t kSecondReaper = 1'000'000'002;
  class : public ChildEvents {
    bool OnOtherEnd(pid_t) override { return false; }
    void OnTaskEnd(const WaitedTask&, const wire::ExitFacts&) override {}
  } events;
  const pid_t main = fork();
  if (main == 0) {
    for (;;) pause();
  }
  keeper::EventLoop loop;
  TaskWaiter waiter(&loop, -1, &events);
  HeldTrees trees(&waiter);
  const auto add = [&](uint64_t serial, uint64_t start_ticks, int32_t reaper) {
    WaitedTask task;
    task.serial = serial;
    task.pid = main;
    trees.Add({std::move(task), start_ticks, reaper});
  };
  add(1, StartTicks(main) - 1, kFirstReaper);
  add(2, StartTicks(main), kSecondReaper);
  EXPECT_FALSE(trees.OnChildEnd(kFirstReaper));
  EXPECT_EQ(waiter.Find(1), nullptr);
  EXPECT_TRUE(trees.OnChildEnd(main));
  EXPECT_NE(waiter.Find(2), nullptr);
  EXPECT_TRUE(trees.all().empty());
  kill(main, SIGKILL);
  waitpid(main, nullptr, 0);
}

// What a program with a set-user-id bit does to the death signal of its process, prctl(2) does
// here.
TEST(HolderTree, IsWaitedForWhenItOutlivesItsReaper) {
  if (access("/usr/bin/python3", X_OK) != 0) GTEST_SKIP() << "no python3 to call prctl(2)";
  HolderProcess holder;
  Shell plan(
      "exec /usr/bin/python3 -c 'import ctypes,os,signal,time; "
      "ctypes.CDLL(None).prctl(1, 0); signal.signal(signal.SIGUSR1, lambda *a: os._exit(9)); "
      "[time.sleep(0.01) for _ in iter(int, 1)]'");
  const wire::Started started = holder.MustStart(&plan, Tree());
  const std::string status = "/proc/" + std::to_string(started.pid) + "/status";
  ASSERT_TRUE(WaitFor([&] {
    std::string text(4096, '\0');
    const UniqueFd fd(open(status.c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t got = read(fd.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    const size_t at = text.find("SigCgt:\t");
    return at != std::string::npos &&
           (std::stoull(text.substr(at + 8, 16), nullptr, 16) >> (SIGUSR1 - 1) & 1) != 0;
  }));
  kill(started.reaper_pid, SIGKILL);
  ASSERT_TRUE(WaitFor([&] { return ParentOf(started.pid) == holder.pid(); }));
  ASSERT_TRUE(WaitFor([&] { return StateOf(started.reaper_pid) == 0; }));
  kill(started.pid, SIGUSR1);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.code, 9);
}

}  // namespace
}  // namespace raw_exec::test
