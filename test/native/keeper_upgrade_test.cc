// A keeper and its holder become the next version in place, while tasks run.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "../../native/core/host_features.h"
#include "keeper_upgrade.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

constexpr int32_t kMain = static_cast<int32_t>(wire::SignalTarget::main);
constexpr int kLong = 60'000;

TEST_F(KeeperUpgrade, TasksEndExactlyBeforeMeanwhileAndAfterwards) {
  const int count = Fewer(60, 15);
  StartKeeper();
  const pid_t holder = state_.Named("holder.lock");
  wire::Started late;
  {
    KeeperClient client(state_.path());
    StartTask(&client, "early", "exit 3");
    client.AwaitExit("early");
    late = StartTask(&client, "late", kEndsWhenTold);
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      StartTask(&client, "m" + number,
                "sleep 0." + std::to_string(100 + i * 10) + "; exit " + number);
    }
  }
  MustUpgrade();
  KeeperClient client(state_.path(), true, kNext);
  EXPECT_EQ(client.welcome().protocol, kNext);
  EXPECT_EQ(client.welcome().keeper_pid, keeper_->pid());
  EXPECT_EQ(client.welcome().holder_pid, holder);
  EXPECT_EQ(ExecutableOf(keeper_->pid()), RAW_EXEC_NEXT_KEEPER);
  EXPECT_EQ(ExecutableOf(holder), RAW_EXEC_NEXT_KEEPER);
  Await("all that end by themselves have ended", [&] {
    int running = 0;
    for (const ListedTask& task : client.List()) running += task.info.exit.state == 0 ? 1 : 0;
    return running == 1;
  });
  EXPECT_EQ(client.Signal("late", SIGUSR1).reached, 1);
  client.AwaitExit("late");
  std::vector<ListedTask> tasks = client.List();
  ASSERT_EQ(tasks.size(), static_cast<size_t>(count) + 2);
  EXPECT_EQ(tasks[1].info.pid, late.pid);
  for (size_t i = 0; i < tasks.size(); ++i) {
    const wire::ExitFacts& exit = tasks[i].info.exit;
    const int code = i == 0 ? 3 : i == 1 ? 5 : static_cast<int>(i) - 2;
    EXPECT_EQ(exit.state, static_cast<int32_t>(wire::ExitState::exited)) << tasks[i].id;
    EXPECT_EQ(exit.code, code) << tasks[i].id;
    EXPECT_GT(exit.max_rss_bytes, 0) << tasks[i].id << ": as a parent sees it";
    client.Forget(tasks[i].id);
  }
  StartTask(&client, "new", "exit 4");
  EXPECT_EQ(client.AwaitExit("new").exit.code, 4);
  client.Forget("new");
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperUpgrade, ACommandBesideATaskGoesOn) {
  StartKeeper();
  uint64_t serial = 0;
  {
    KeeperClient client(state_.path());
    StartTask(&client, "task", kEndsWhenTold);
    KeptTask session;
    session.is_session = true;
    session.on_supervisor_exit = wire::OnSupervisorExit::kill;
    ShellPlan plan(kEndsWhenTold);
    const wire::Started started = client.Start(&plan, session);
    AwaitHandled(started.pid, SIGUSR1);
    serial = started.serial;
  }
  MustUpgrade();
  KeeperClient client(state_.path(), true, kNext);
  EXPECT_EQ(client.Signal("task", SIGUSR1, wire::SignalTarget::main, serial).reached, 1);
  EXPECT_EQ(client.AwaitSessionExit(serial).exit.code, 5);
  client.Answer(client.SendForgetSession("task", serial));
  EXPECT_EQ(client.Signal("task", SIGUSR1).reached, 1);
  EXPECT_EQ(EndOf("task").code, 5);
  EXPECT_TRUE(state_.Tasks().empty());
}

// The reaper goes on as it is; the new holder knows whose it is.
TEST_F(KeeperUpgrade, ATreeGoesOnBelowTheReaperThatItHas) {
  StartKeeper();
  wire::Started first;
  wire::Started second;
  {
    KeeperClient client(state_.path());
    KeptTask task;
    task.is_tree = true;
    task.id = "first";
    ShellPlan ends(kEndsWhenTold);
    first = client.Start(&ends, task);
    AwaitHandled(first.pid, SIGUSR1);
    task.id = "second";
    ShellPlan stays("exec sleep 1000");
    second = client.Start(&stays, task);
  }
  MustUpgrade();
  KeeperClient client(state_.path(), true, kNext);
  EXPECT_EQ(client.List()[0].info.reaper_pid, first.reaper_pid);
  EXPECT_EQ(client.Signal("first", SIGUSR1).reached, 1);
  EXPECT_EQ(EndOf("first").code, 5);
  kill(second.reaper_pid, SIGKILL);
  const wire::ExitFacts exit = EndOf("second");
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_GT(exit.max_rss_bytes, 0) << "as a parent sees it";
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperUpgrade, AStopGoesOnWhereItWas) {
  StartKeeper();
  const std::string marks = other_.path() + "/marks";
  const std::vector<wire::Step> steps = {{SIGTERM, kMain, kLong}};
  {
    KeeperClient client(state_.path());
    StartTask(
        &client, "task",
        // USR1 last: that is what is waited for before anything is sent.
        "trap 'echo one >> " + marks + "' TERM; trap 'exit 5' USR1; while :; do sleep 0.01; done");
    client.SendStop("task", steps, kLong);
    Await("the first step is taken", [&] { return ReadAll(marks) == "one\n"; });
  }
  MustUpgrade();
  KeeperClient client(state_.path(), true, kNext);
  const uint64_t stop = client.SendStop("task", steps, kLong);
  EXPECT_EQ(client.Signal("task", SIGUSR1).reached, 1);
  const KeeperMessage answer = client.Answer(stop);
  ASSERT_EQ(answer.kind, wire::ClientKind::stopped);
  wire::MessageReader reader = answer.Read();
  wire::Stopped stopped = {};
  wire::StepReport report = {};
  ASSERT_TRUE(reader.Take(&stopped) && reader.Take(&report) && reader.IsComplete());
  EXPECT_EQ(report.signal, SIGTERM);
  EXPECT_EQ(report.reached, 1);
  EXPECT_EQ(report.has_ended, 1);
  EXPECT_EQ(ReadAll(marks), "one\n") << "it was sent again";
  const wire::ExitFacts exit = client.AwaitExit("task").exit;
  EXPECT_EQ(exit.code, 5);
  EXPECT_EQ(exit.was_stopped, 1);
  client.Forget("task");
}

TEST_F(KeeperUpgrade, TheDeadlineOfAStopIsKept) {
  StartKeeper();
  {
    KeeperClient client(state_.path());
    StartTask(&client, "task", "trap '' TERM USR1; while :; do sleep 0.01; done");
    client.SendStop("task", {{SIGTERM, kMain, 1000}}, kLong);
    client.List();  // what comes before it has been received by then
  }
  MustUpgrade();
  EXPECT_EQ(EndOf("task").signal, SIGKILL);
}

TEST_F(KeeperUpgrade, AStartThatIsUnderWayIsAnsweredFirst) {
  StartKeeper();
  const std::string fifo = other_.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  KeptTask task;
  ShellPlan plan("exit 7");
  plan.stdio[0] = File(fifo.c_str(), O_RDONLY);  // opened by the child, when there is a writer
  KeeperClient starter(state_.path());
  const uint64_t start = starter.SendStart(MakeStart(&plan, task), task);
  Await("the child is there", [&] { return !state_.Tasks().empty(); });
  KeeperClient asker(state_.path(), false);
  AskForUpgrade(&asker, RAW_EXEC_NEXT_KEEPER);
  // Once it has said yes, no other start is begun.
  KeptTask other;
  other.id = "other";
  ShellPlan other_plan("exit 8");
  Await("starts are refused", [&] {
    KeeperClient client(state_.path());
    const KeeperMessage answer =
        client.Answer(client.SendStart(MakeStart(&other_plan, other), other));
    if (answer.kind == wire::ClientKind::failed) return true;
    client.AwaitExit(other.id);
    client.Forget(other.id);
    return false;
  });
  const UniqueFd writer(open(fifo.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_EQ(starter.Answer(start).kind, wire::ClientKind::started);
  EXPECT_TRUE(asker.AwaitClosed());
  KeeperClient client(state_.path(), true, kNext);
  Await("it has ended", [&] { return client.List().at(0).info.exit.state != 0; });
  EXPECT_EQ(client.List().at(0).info.exit.code, 7);
  client.Forget(task.id);
}

TEST_F(KeeperUpgrade, NoLineOfALogIsLost) {
  const int lines = Fewer(2000, 400);
  StartKeeper();
  const std::string logs = other_.path() + "/logs";
  ASSERT_EQ(mkdir(logs.c_str(), 0700), 0);
  {
    KeptTask task;
    task.logs[0].spec = {1, 0, 0, 5, 1 << 20, 0600, getuid(), getgid(), 0};
    task.logs[0].directory = logs;
    task.logs[0].name = "out";
    ShellPlan plan("i=0; while [ $i -lt " + std::to_string(lines) +
                   " ]; do i=$((i+1)); echo line $i; [ $((i%40)) -ne 0 ] || sleep 0.01; done");
    plan.stdio[1] = Descriptor(-1);
    KeeperClient(state_.path()).Start(&plan, task);
  }
  Await("it writes", [&] { return !ReadAll(logs + "/out.0").empty(); });
  MustUpgrade();
  KeeperClient client(state_.path(), true, kNext);
  std::ostringstream expected;
  for (int i = 1; i <= lines; ++i) expected << "line " << i << "\n";
  Await("all of it is there",
        [&] { return ReadAll(logs + "/out.0").size() >= expected.str().size(); });
  EXPECT_EQ(ReadAll(logs + "/out.0"), expected.str());
  Await("it has ended", [&] { return client.List().at(0).info.exit.state != 0; });
  client.Forget("task");
}

TEST_F(KeeperUpgrade, ANewKeeperTakesAnOlderHolderWithIt) {
  StartKeeper(RAW_EXEC_KEEPER, {"--supervised"});
  {
    KeeperClient client(state_.path());
    StartTask(&client, "task", kEndsWhenTold);
  }
  const pid_t holder = state_.Named("holder.lock");
  keeper_->Kill();
  StartKeeper(RAW_EXEC_NEXT_KEEPER, {"--supervised"});
  KeeperClient client(state_.path(), true, kNext);
  EXPECT_EQ(client.welcome().holder_pid, holder);
  EXPECT_EQ(ExecutableOf(holder), RAW_EXEC_NEXT_KEEPER);
  EXPECT_EQ(client.Signal("task", SIGUSR1).reached, 1);
  EXPECT_EQ(client.AwaitExit("task").exit.code, 5);
  client.Forget("task");
}

TEST_F(KeeperUpgrade, WhatTheKeeperHasInheritedStaysItsOwn) {
  StartKeeper();
  wire::Started started;
  {
    KeeperClient client(state_.path());
    started = StartTask(&client, "task", kEndsWhenTold);
    const pid_t holder = client.welcome().holder_pid;
    kill(holder, SIGKILL);
    Await("there is a new holder", [&] {
      const pid_t pid = KeeperClient(state_.path()).welcome().holder_pid;
      return pid > 0 && pid != holder;
    });
  }
  MustUpgrade(EndingFirst(started.pid, "*') Z '*"));
  const wire::ExitFacts exit = EndOf("task");
  EXPECT_EQ(exit.state, static_cast<int32_t>(wire::ExitState::exited));
  EXPECT_EQ(exit.code, 5);
  EXPECT_GT(exit.max_rss_bytes, 0) << "as a parent sees it";
}

// The test is the subreaper that has the task then.
TEST_F(KeeperUpgrade, TheEndOfAnAdoptedTaskIsNotMissed) {
  StartKeeper(RAW_EXEC_KEEPER, {"--supervised"});
  KeeperClient first(state_.path());
  const wire::Started started = StartTask(&first, "task", kEndsWhenTold);
  const pid_t holder = state_.Named("holder.lock");
  keeper_->Kill();
  kill(holder, SIGKILL);
  AwaitEnd(holder);
  StartKeeper();
  KeeperClient client(state_.path(), false);
  AskForUpgrade(&client, EndingFirst(started.pid, "''"));
  AwaitEnd(started.pid);
  EXPECT_TRUE(client.AwaitClosed());
  const wire::ExitFacts exit = EndOf("task");
  const bool is_told = (HostFeatures() & kPidfdInfoExit) != 0;
  EXPECT_EQ(exit.state,
            static_cast<int32_t>(is_told ? wire::ExitState::exited : wire::ExitState::unknown));
  EXPECT_EQ(exit.code, is_told ? 5 : -1);
}

}  // namespace
}  // namespace raw_exec::test
