// Deaths of the keeper, of the holder, of both and of the supervisor, while tasks run.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "../../native/core/host_features.h"
#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

// Runs until a signal of the test's tells it to end with a code.
constexpr char kEndsWhenTold[] = "trap 'exit 5' USR1; while :; do sleep 0.01; done";

class KeeperDeath : public testing::Test {
 protected:
  void StartKeeper() { keeper_ = std::make_unique<KeeperProcess>(state_.path()); }
  wire::Started StartTask(const std::string& id, const std::string& script = kEndsWhenTold) {
    KeptTask task;
    task.id = id;
    ShellPlan plan(script);
    const wire::Started started = KeeperClient(state_.path()).Start(&plan, task);
    if (script == kEndsWhenTold) AwaitHandled(started.pid, SIGUSR1);
    return started;
  }

  StateFolder state_;
  std::unique_ptr<KeeperProcess> keeper_;
};

TEST_F(KeeperDeath, ANewKeeperHasTheSameTasksAndTheirExactEnds) {
  StartKeeper();
  const wire::Started first = StartTask("first");
  const wire::Started second = StartTask("second");
  const pid_t holder = state_.Named("holder.lock");
  keeper_->Kill();
  // While there is no keeper.
  kill(first.pid, SIGTERM);
  StartKeeper();
  KeeperClient client(state_.path());
  EXPECT_EQ(client.welcome().holder_pid, holder) << "the holder has lived on";
  Await("the first task has ended", [&] {
    return client.List()[0].info.exit.state != static_cast<int32_t>(wire::ExitState::running);
  });
  std::vector<ListedTask> tasks = client.List();
  ASSERT_EQ(tasks.size(), 2U);
  EXPECT_EQ(tasks[0].info.pid, first.pid);
  EXPECT_EQ(tasks[0].info.start_ticks, first.start_ticks);
  EXPECT_EQ(tasks[0].info.exit.signal, SIGTERM);
  EXPECT_EQ(tasks[1].info.pid, second.pid);
  EXPECT_EQ(tasks[1].info.exit.state, static_cast<int32_t>(wire::ExitState::running));
  EXPECT_EQ(client.Signal("second", SIGUSR1).reached, 1);
  EXPECT_EQ(client.AwaitExit("second").exit.code, 5);
  client.Forget("first");
  client.Forget("second");
  EXPECT_EQ(StartTask("third", "exit 0").serial, 3U);
}

TEST_F(KeeperDeath, TheKeeperIsTheParentOfWhatADeadHolderLeaves) {
  StartKeeper();
  KeeperClient client(state_.path());
  StartTask("first");
  const wire::Started second = StartTask("second");
  const pid_t holder = client.welcome().holder_pid;
  kill(holder, SIGKILL);
  kill(second.pid, SIGKILL);
  EXPECT_EQ(client.AwaitExit("second").exit.signal, SIGKILL);
  // Which of the two was faster is open; a signal that finds no holder is not lost.
  EXPECT_EQ(client.Signal("first", SIGUSR1).reached, 1);
  const wire::Exited exited = client.AwaitExit("first");
  EXPECT_EQ(exited.exit.state, static_cast<int32_t>(wire::ExitState::exited));
  EXPECT_EQ(exited.exit.code, 5);
  EXPECT_GT(exited.exit.max_rss_bytes, 0) << "as a parent sees it";
  Await("there is a new holder", [&] {
    const pid_t pid = KeeperClient(state_.path()).welcome().holder_pid;
    return pid > 0 && pid != holder;
  });
  StartTask("third", "exit 4");
  EXPECT_EQ(client.AwaitExit("third").exit.code, 4);
  for (const char* id : {"first", "second", "third"}) client.Forget(id);
  EXPECT_TRUE(state_.Tasks().empty());
}

// The test is the subreaper that gets the task: it decides when it is reaped.
TEST_F(KeeperDeath, AfterBothDeathsTheKernelTellsTheEndWhereItCan) {
  StartKeeper();
  const wire::Started started = StartTask("task");
  const pid_t holder = state_.Named("holder.lock");
  keeper_->Kill();
  kill(holder, SIGKILL);
  AwaitEnd(holder);
  StartKeeper();
  KeeperClient client(state_.path());
  std::vector<ListedTask> tasks = client.List();
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].info.exit.state, static_cast<int32_t>(wire::ExitState::running));
  EXPECT_EQ(client.Signal("task", SIGUSR1).reached, 1);
  AwaitEnd(started.pid);
  const wire::ExitFacts exit = client.AwaitExit("task").exit;
  if ((HostFeatures() & kPidfdInfoExit) != 0) {
    EXPECT_EQ(exit.state, static_cast<int32_t>(wire::ExitState::exited));
    EXPECT_EQ(exit.code, 5);
  } else {
    EXPECT_EQ(exit.state, static_cast<int32_t>(wire::ExitState::unknown));
    EXPECT_EQ(exit.code, -1);
  }
  client.Forget("task");
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperDeath, WhatEndsUnseenIsUnknown) {
  StartKeeper();
  const wire::Started started = StartTask("task");
  const pid_t holder = state_.Named("holder.lock");
  keeper_->Kill();
  kill(holder, SIGKILL);
  AwaitEnd(holder);
  kill(started.pid, SIGKILL);
  AwaitEnd(started.pid);
  StartKeeper();
  KeeperClient client(state_.path());
  const std::vector<ListedTask> tasks = client.List();
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].info.exit.state, static_cast<int32_t>(wire::ExitState::unknown));
  EXPECT_EQ(tasks[0].info.exit.code, -1);
  EXPECT_EQ(tasks[0].info.exit.signal, 0);
  client.Forget("task");
}

TEST_F(KeeperDeath, WhatEndsWithoutAKeeperIsExact) {
  StartKeeper();
  const wire::Started started = StartTask("task");
  keeper_->Kill();
  kill(started.pid, SIGUSR1);
  AwaitGone(started.pid);
  StartKeeper();
  KeeperClient client(state_.path());
  EXPECT_EQ(client.List()[0].info.exit.code, 5);
  client.Forget("task");
}

TEST_F(KeeperDeath, ARecordOfAnotherBootIsLostAndNothingIsSignalled) {
  StartKeeper();
  const wire::Started started = StartTask("task");
  const pid_t holder = state_.Named("holder.lock");
  keeper_->Kill();
  kill(holder, SIGKILL);
  AwaitEnd(holder);
  UniqueFd tasks(open((state_.path() + "/tasks").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  StartRecord record;
  ASSERT_EQ(ReadStart(tasks.get(), 1, &record), 0);
  record.boot_id[0] ^= 1;
  record.on_supervisor_exit = wire::OnSupervisorExit::kill;
  record.supervisor_pid = 1;
  record.supervisor_start_ticks = 1;
  ASSERT_EQ(WriteStart(tasks.get(), record), 0);
  StartKeeper();
  KeeperClient client(state_.path());
  EXPECT_EQ(client.List()[0].info.exit.state, static_cast<int32_t>(wire::ExitState::lost));
  client.Forget("task");
  EXPECT_EQ(kill(started.pid, 0), 0) << "a process of this number is a stranger";
  kill(started.pid, SIGKILL);
  AwaitEnd(started.pid);
}

TEST_F(KeeperDeath, ADamagedRecordIsSetAsideAndStopsNothingElse) {
  StartKeeper();
  const wire::Started first = StartTask("first", "exit 1");
  StartTask("second", "exit 2");
  KeeperClient(state_.path()).List();
  Await("both have ended", [&] {
    for (const ListedTask& task : KeeperClient(state_.path()).List()) {
      if (task.info.exit.state == static_cast<int32_t>(wire::ExitState::running)) return false;
    }
    return true;
  });
  const pid_t holder = state_.Named("holder.lock");
  keeper_->Kill();
  AwaitEnd(holder);  // without a keeper and without tasks it ends by itself
  ASSERT_EQ(truncate((state_.path() + "/tasks/0000000000000001.start").c_str(), 40), 0);
  StartKeeper();
  KeeperClient client(state_.path());
  const std::vector<ListedTask> tasks = client.List();
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].id, "second");
  EXPECT_EQ(tasks[0].info.exit.code, 2);
  EXPECT_EQ(access((state_.path() + "/tasks/0000000000000001.start.damaged").c_str(), F_OK), 0);
  EXPECT_EQ(first.serial, 1U);
}

// A supervisor: a process that has started tasks and waits to be killed.
class Supervisor {
 public:
  Supervisor(const std::string& state, const std::vector<KeptTask>& tasks) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      KeeperClient client(state);
      for (const KeptTask& task : tasks) {
        ShellPlan plan("trap '' TERM; while :; do sleep 0.01; done");
        AwaitHandled(client.Start(&plan, task).pid, SIGTERM);
      }
      if (write(ends[1], "", 1) != 1 || testing::Test::HasFailure()) _exit(1);
      for (;;) pause();
    }
    close(ends[1]);
    char started = 0;
    EXPECT_EQ(read(ends[0], &started, 1), 1);
    close(ends[0]);
  }
  void Kill() {
    kill(pid_, SIGKILL);
    AwaitEnd(pid_);
  }

 private:
  pid_t pid_ = -1;
};

std::vector<KeptTask> OneOfEach() {
  std::vector<KeptTask> tasks(2);
  tasks[0].id = "kept";
  tasks[1].id = "killed";
  tasks[1].on_supervisor_exit = wire::OnSupervisorExit::kill;
  tasks[1].steps = {{SIGTERM, static_cast<int32_t>(wire::SignalTarget::main), 50}};
  return tasks;
}

TEST_F(KeeperDeath, TasksEndWithTheirSupervisorWhenTheyAreMeantTo) {
  StartKeeper();
  KeeperClient client(state_.path());
  Supervisor supervisor(state_.path(), OneOfEach());
  supervisor.Kill();
  const wire::Exited exited = client.AwaitExit("killed");
  EXPECT_EQ(exited.exit.signal, SIGKILL) << "it has ignored SIGTERM";
  EXPECT_EQ(exited.exit.was_stopped, 1);
  EXPECT_EQ(client.List()[0].info.exit.state, static_cast<int32_t>(wire::ExitState::running));
  client.Signal("kept", SIGKILL);
  client.AwaitExit("kept");
}

TEST_F(KeeperDeath, ANewKeeperSeesThatASupervisorIsGone) {
  StartKeeper();
  Supervisor supervisor(state_.path(), OneOfEach());
  keeper_->Kill();
  supervisor.Kill();
  StartKeeper();
  KeeperClient client(state_.path());
  Await("the task has ended", [&] {
    return client.List()[1].info.exit.state == static_cast<int32_t>(wire::ExitState::exited);
  });
  const std::vector<ListedTask> tasks = client.List();
  EXPECT_EQ(tasks[1].info.exit.signal, SIGKILL);
  EXPECT_EQ(tasks[1].info.exit.was_stopped, 1);
  EXPECT_EQ(tasks[0].info.exit.state, static_cast<int32_t>(wire::ExitState::running));
  client.Signal("kept", SIGKILL);
  client.AwaitExit("kept");
}

TEST_F(KeeperDeath, AnAdoptedTaskEndsWithItsNewSupervisor) {
  StartKeeper();
  Supervisor supervisor(state_.path(), OneOfEach());
  KeeperClient client(state_.path());
  const KeeperMessage adopted = client.Answer(client.Ask(wire::ClientKind::adopt, "killed"));
  EXPECT_EQ(adopted.kind, wire::ClientKind::task);
  EXPECT_EQ(adopted.As<wire::TaskInfo>().serial, 2U);
  supervisor.Kill();
  // A stop of the other task comes after the notice of the death: this one has been spared by then.
  client.Answer(client.SendStop("kept", {}, 10'000));
  EXPECT_EQ(client.List()[1].info.exit.state, static_cast<int32_t>(wire::ExitState::running));
  client.Signal("killed", SIGKILL);
  client.AwaitExit("killed");
}

}  // namespace
}  // namespace raw_exec::test
