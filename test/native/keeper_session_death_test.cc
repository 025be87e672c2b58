// Deaths of the keeper, of the holder and of the supervisor while commands run beside tasks.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "keeper_session.h"

namespace raw_exec::test {
namespace {

constexpr int32_t kRunning = static_cast<int32_t>(wire::ExitState::running);

class KeeperSessionDeath : public KeeperSession {};

TEST_F(KeeperSessionDeath, ANewKeeperHasItAndItsExactEnd) {
  StartTask();
  const wire::Started lasting = Exec(kEndsWhenTold);
  const wire::Started ended = Exec(kEndsWhenTold);
  keeper_->Kill();
  kill(ended.pid, SIGUSR1);
  AwaitGone(ended.pid);
  StartKeeper();
  client_ = std::make_unique<KeeperClient>(state_.path());
  const std::vector<ListedTask> listed = client_->List();
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_EQ(listed[1].info.session_of, listed[0].info.serial);
  EXPECT_EQ(listed[1].info.exit.state, kRunning);
  EXPECT_EQ(listed[2].info.exit.code, 5);
  EXPECT_EQ(client_->Signal("task", SIGUSR1, wire::SignalTarget::main, lasting.serial).reached, 1);
  EXPECT_EQ(client_->AwaitSessionExit(lasting.serial).exit.code, 5);
  for (const uint64_t serial : {lasting.serial, ended.serial}) {
    client_->Answer(client_->SendForgetSession("task", serial));
  }
  EndTask();
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperSessionDeath, TheKeeperIsTheParentOfWhatADeadHolderLeaves) {
  StartTask();
  const wire::Started session = Exec(kEndsWhenTold);
  kill(client_->welcome().holder_pid, SIGKILL);
  kill(session.pid, SIGUSR1);
  const wire::Exited exited = client_->AwaitSessionExit(session.serial);
  EXPECT_EQ(exited.exit.state, static_cast<int32_t>(wire::ExitState::exited));
  EXPECT_EQ(exited.exit.code, 5);
  client_->Answer(client_->SendForgetSession("task", session.serial));
  EndTask();
  EXPECT_TRUE(state_.Tasks().empty());
}

// Its groups may be somebody else's by now, and nobody waits for its end.
TEST_F(KeeperSessionDeath, ARecordOfAnotherBootIsRemovedAndNothingIsSignalled) {
  StartTask();
  const wire::Started session = Exec(kEndsWhenTold);
  const pid_t holder = client_->welcome().holder_pid;
  keeper_->Kill();
  kill(holder, SIGKILL);
  AwaitEnd(holder);
  const UniqueFd tasks(
      open((state_.path() + "/tasks").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  StartRecord record;
  ASSERT_EQ(ReadStart(tasks.get(), session.serial, &record), 0);
  record.boot_id[0] ^= 1;
  record.supervisor_pid = 1;
  record.supervisor_start_ticks = 1;
  ASSERT_EQ(WriteStart(tasks.get(), record), 0);
  StartKeeper();
  client_ = std::make_unique<KeeperClient>(state_.path());
  ASSERT_EQ(client_->List().size(), 1U);
  EXPECT_EQ(ReadStart(tasks.get(), session.serial, &record), ENOENT);
  EXPECT_EQ(kill(session.pid, 0), 0) << "a process of this number is a stranger";
  kill(session.pid, SIGKILL);
  AwaitEnd(session.pid);
  EndTask();
}

// A process that runs commands beside a task of others, and waits to be killed.
class Supervisor {
 public:
  Supervisor(const std::string& state, const std::vector<std::string>& scripts) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      KeeperClient client(state);
      for (const std::string& script : scripts) {
        ShellPlan plan(script);
        const wire::Started started = client.Start(&plan, Beside("task"));
        if (script.starts_with("trap")) AwaitHandled(started.pid, SIGHUP);
        if (script == "exit 3") client.AwaitSessionExit(started.serial);
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

// One that has ended, one that ends when it is asked to, one that does not.
const std::vector<std::string> kThree = {"exit 3",
                                         "trap 'exit 0' HUP; while :; do sleep 0.01; done",
                                         "trap '' HUP; while :; do sleep 0.01; done"};

TEST_F(KeeperSessionDeath, EndsWithItsSupervisorAndLeavesNothing) {
  StartTask();
  Supervisor supervisor(state_.path(), kThree);
  EXPECT_EQ(client_->List().size(), 4U);
  supervisor.Kill();
  Await("nothing is known of them any more", [&] { return client_->List().size() == 1; });
  EXPECT_EQ(client_->List()[0].info.exit.state, kRunning);
  EXPECT_EQ(state_.Tasks().size(), 1U) << "the records of the task alone";
  EndTask();
}

TEST_F(KeeperSessionDeath, ANewKeeperEndsWhatHasLostItsSupervisor) {
  StartTask();
  Supervisor supervisor(state_.path(), kThree);
  keeper_->Kill();
  supervisor.Kill();
  StartKeeper();
  client_ = std::make_unique<KeeperClient>(state_.path());
  Await("nothing is known of them any more", [&] { return client_->List().size() == 1; });
  EXPECT_EQ(state_.Tasks().size(), 1U);
  EndTask();
}

}  // namespace
}  // namespace raw_exec::test
