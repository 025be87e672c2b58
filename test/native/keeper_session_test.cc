// Commands beside tasks: held, told of and stopped by the keeper, for as long as their supervisor
// lives.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "keeper_session.h"

namespace raw_exec::test {
namespace {

constexpr int32_t kRunning = static_cast<int32_t>(wire::ExitState::running);

TEST_F(KeeperSession, TellsOfItUntilItIsForgotten) {
  const wire::Started task = StartTask();
  const wire::Started session = Exec("exit 7");
  EXPECT_GT(session.serial, task.serial);
  const wire::Exited exited = client_->AwaitSessionExit(session.serial);
  EXPECT_EQ(exited.pid, session.pid);
  EXPECT_EQ(exited.exit.state, static_cast<int32_t>(wire::ExitState::exited));
  EXPECT_EQ(exited.exit.code, 7);
  const std::vector<ListedTask> listed = client_->List();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].info.session_of, 0U);
  EXPECT_EQ(listed[1].info.session_of, task.serial);
  EXPECT_EQ(listed[1].id, "task");
  EXPECT_EQ(listed[1].info.exit.code, 7);
  const KeeperMessage done = client_->Answer(client_->SendForgetSession("task", session.serial));
  EXPECT_EQ(done.kind, wire::ClientKind::done);
  EXPECT_EQ(client_->List().size(), 1U);
  EndTask();
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperSession, SaysAtWhichStepAStartHasFailedAndLeavesNothing) {
  StartTask();
  ShellPlan plan("");
  plan.ExecuteFile("/nonexistent");
  const KeptTask session = Beside("task");
  const wire::Failed failed = client_->Fail(client_->SendStart(MakeStart(&plan, session), session));
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::spawn));
  EXPECT_EQ(failed.step, static_cast<int32_t>(Step::exec));
  EXPECT_EQ(client_->List().size(), 1U);
  EndTask();
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperSession, NeedsATaskThatRuns) {
  ShellPlan plan("exit 0");
  const KeptTask session = Beside("task");
  const StartMessage message = MakeStart(&plan, session);
  ExpectRefusal(client_->SendStart(message, session), wire::Reason::unknown_task);
  ShellPlan stubborn("trap '' TERM; while :; do sleep 0.01; done");
  AwaitHandled(client_->Start(&stubborn, {}).pid, SIGTERM);
  const uint64_t stop = client_->SendStop("task", {{SIGTERM, 0, kLong}}, kLong);
  ExpectRefusal(client_->SendStart(message, session), wire::Reason::not_running);
  client_->Signal("task", SIGKILL);
  client_->Answer(stop);
  ExpectRefusal(client_->SendStart(message, session), wire::Reason::not_running);
  client_->Forget("task");
}

TEST_F(KeeperSession, IsNoTask) {
  StartTask();
  const uint64_t serial = Exec("exec sleep 1000").serial;
  ExpectRefusal(client_->SendForgetSession("task", serial), wire::Reason::still_populated);
  ExpectRefusal(client_->SendForgetSession("other", serial), wire::Reason::unknown_task);
  ExpectRefusal(client_->SendForgetSession("task", serial + 1), wire::Reason::unknown_task);
  ExpectRefusal(client_->SendForgetSession("task", 1), wire::Reason::unknown_task);
  ExpectRefusal(client_->SendStop("task", {}, kLong, 1), wire::Reason::unknown_task);
  client_->Answer(client_->SendStop("task", {}, kLong, serial));
  EXPECT_EQ(client_->AwaitSessionExit(serial).exit.signal, SIGKILL);
  EndTask();
}

TEST_F(KeeperSession, RefusesWhatIsNoPartOfTheTask) {
  StartTask();
  KeptTask kept = Beside("task");
  kept.on_supervisor_exit = wire::OnSupervisorExit::keep;
  KeptTask described = Beside("task");
  described.attachment = "{}";
  for (const KeptTask& session : {kept, described}) {
    KeeperClient hostile(state_.path());
    ShellPlan plan("exit 0");
    const uint64_t request = hostile.SendStart(MakeStart(&plan, session), session);
    EXPECT_EQ(hostile.Fail(request).reason, static_cast<int32_t>(wire::Reason::malformed));
    EXPECT_TRUE(hostile.AwaitClosed());
  }
  EndTask();
}

TEST_F(KeeperSession, IsSignalledAndStoppedByItself) {
  const wire::Started task = StartTask();
  const wire::Started told = Exec(kEndsWhenTold);
  const auto main = wire::SignalTarget::main;
  EXPECT_EQ(client_->Signal("task", SIGUSR1, main, told.serial).reached, 1);
  EXPECT_EQ(client_->AwaitSessionExit(told.serial).exit.code, 5);
  EXPECT_EQ(client_->Signal("task", SIGUSR1, main, told.serial).reached, 0);
  const wire::Started stubborn = Exec("trap '' TERM; while :; do sleep 0.01; done");
  AwaitHandled(stubborn.pid, SIGTERM);
  const KeeperMessage answer =
      client_->Answer(client_->SendStop("task", {{SIGTERM, 0, 20}}, kLong, stubborn.serial));
  EXPECT_EQ(answer.kind, wire::ClientKind::stopped);
  EXPECT_EQ(answer.As<wire::Stopped>().step_count, 2);
  EXPECT_EQ(client_->AwaitSessionExit(stubborn.serial).exit.signal, SIGKILL);
  EXPECT_EQ(client_->List()[0].info.pid, task.pid);
  EXPECT_EQ(client_->List()[0].info.exit.state, kRunning);
  EndTask();
}

TEST_F(KeeperSession, HasTheTerminalOfItsSupervisor) {
  StartTask();
  const UniqueFd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(master);
  ASSERT_EQ(grantpt(master.get()), 0);
  ASSERT_EQ(unlockpt(master.get()), 0);
  char name[64];
  ASSERT_EQ(ptsname_r(master.get(), name, sizeof(name)), 0);
  UniqueFd slave(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(slave);
  ShellPlan plan("read line; echo \"$line on $(tty)\" > /dev/tty; read end; exit 6");
  plan.stdio.assign(3, Descriptor(slave.get()));
  plan.plan().new_session = true;
  plan.plan().controlling_terminal = true;
  const wire::Started session = client_->Start(&plan, Beside("task"));
  slave.Reset();
  ASSERT_EQ(write(master.get(), "hello\n", 6), 6);
  std::string output;
  const std::string wanted = std::string("hello on ") + name;
  Await("it answers", [&] {
    char buffer[256];
    pollfd entry = {master.get(), POLLIN, 0};
    if (poll(&entry, 1, 0) == 1) {
      const ssize_t got = read(master.get(), buffer, sizeof(buffer));
      if (got > 0) output.append(buffer, static_cast<size_t>(got));
    }
    return output.find(wanted) != std::string::npos;
  });
  ASSERT_EQ(write(master.get(), "\n", 1), 1);
  EXPECT_EQ(client_->AwaitSessionExit(session.serial).exit.code, 6);
  EndTask();
}

// What opens a FIFO that nobody writes to is not executed yet.
TEST_F(KeeperSession, EndsWithAStopThatCameWhileItWasStarted) {
  StartTask();
  const std::string fifo = state_.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ShellPlan plan("exec sleep 1000");
  plan.stdio[0] = File(fifo.c_str(), O_RDONLY);
  const KeptTask session = Beside("task");
  const uint64_t request = client_->SendStart(MakeStart(&plan, session), session);
  KeeperClient other(state_.path());
  other.Answer(other.SendStop("task", {}, kLong));
  const UniqueFd writer(open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  const KeeperMessage started = client_->Answer(request);
  ASSERT_EQ(started.kind, wire::ClientKind::started);
  const uint64_t serial = started.As<wire::Started>().serial;
  EXPECT_EQ(client_->AwaitSessionExit(serial).exit.signal, SIGKILL);
  client_->Forget("task");
}

}  // namespace
}  // namespace raw_exec::test
