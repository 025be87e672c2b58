// What a supervisor keeps with a task and has changed: it has to outlive those who look after it.
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>

#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

constexpr char kChanged[] = "the limits as they are now, which is more than there was";

class KeeperDescribe : public testing::Test {
 protected:
  KeeperDescribe() { StartKeeper(); }
  void StartKeeper() { keeper_ = std::make_unique<KeeperProcess>(state_.path()); }
  void StartTask(KeeperClient* client) {
    KeptTask task;
    task.attachment = "the limits of the start";
    ShellPlan plan("while :; do sleep 0.01; done");
    client->Start(&plan, task);
  }
  void ExpectAttachment(KeeperClient* client, const std::string& expected) {
    const std::vector<ListedTask> tasks = client->List();
    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(tasks[0].attachment, expected);
    EXPECT_EQ(tasks[0].info.exit.state, static_cast<int32_t>(wire::ExitState::running));
  }
  void End(KeeperClient* client) {
    client->Signal("task", SIGKILL);
    client->AwaitExit("task");
    client->Forget("task");
  }

  StateFolder state_;
  std::unique_ptr<KeeperProcess> keeper_;
};

TEST_F(KeeperDescribe, ANewKeeperHasWhatTheHolderWrote) {
  {
    KeeperClient client(state_.path());
    StartTask(&client);
    EXPECT_EQ(client.Answer(client.SendDescribe("task", kChanged)).kind, wire::ClientKind::done);
    ExpectAttachment(&client, kChanged);
  }
  keeper_->Kill();
  StartKeeper();
  KeeperClient client(state_.path());
  ExpectAttachment(&client, kChanged);
  End(&client);
}

TEST_F(KeeperDescribe, ANewKeeperHasWhatTheOldOneWroteAfterTheHolderDied) {
  {
    KeeperClient client(state_.path());
    StartTask(&client);
    const pid_t holder = client.welcome().holder_pid;
    kill(holder, SIGKILL);
    AwaitGone(holder);
    // The holder that is there by now does not hold the task.
    EXPECT_EQ(client.Answer(client.SendDescribe("task", kChanged)).kind, wire::ClientKind::done);
  }
  keeper_->Kill();
  StartKeeper();
  KeeperClient client(state_.path());
  ExpectAttachment(&client, kChanged);
  End(&client);
}

TEST_F(KeeperDescribe, WhatIsNotedLaterLeavesIt) {
  KeeperClient client(state_.path());
  StartTask(&client);
  EXPECT_EQ(client.Answer(client.SendDescribe("task", kChanged)).kind, wire::ClientKind::done);
  // That it was asked for is written with the record.
  client.Signal("task", SIGKILL);
  EXPECT_EQ(client.AwaitExit("task").exit.was_stopped, 1);
  keeper_->Kill();
  StartKeeper();
  KeeperClient other(state_.path());
  const std::vector<ListedTask> tasks = other.List();
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].attachment, kChanged);
  other.Forget("task");
}

TEST_F(KeeperDescribe, RefusesWhatIsTooLargeAndChangesNothing) {
  KeeperClient client(state_.path());
  StartTask(&client);
  KeeperClient other(state_.path());
  const uint64_t request = other.SendDescribe("task", std::string(wire::kMaxAttachment + 1, 'x'));
  EXPECT_EQ(other.Fail(request).reason, static_cast<int32_t>(wire::Reason::malformed));
  EXPECT_TRUE(other.AwaitClosed());
  ExpectAttachment(&client, "the limits of the start");
  const std::string largest(wire::kMaxAttachment, 'x');
  EXPECT_EQ(client.Answer(client.SendDescribe("task", largest)).kind, wire::ClientKind::done);
  ExpectAttachment(&client, largest);
  End(&client);
}

TEST_F(KeeperDescribe, SaysThatThereIsNoSuchTask) {
  KeeperClient client(state_.path());
  EXPECT_EQ(client.Fail(client.SendDescribe("nobody", kChanged)).reason,
            static_cast<int32_t>(wire::Reason::unknown_task));
}

}  // namespace
}  // namespace raw_exec::test
