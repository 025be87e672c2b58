// Stop ladders in a real group of version 2.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "../../native/core/group_directory.h"
#include "keeper_client.h"
#include "keeper_process.h"
#include "v2_root.h"

namespace raw_exec::test {
namespace {

constexpr int32_t kMain = static_cast<int32_t>(wire::SignalTarget::main);
constexpr int32_t kEverything = static_cast<int32_t>(wire::SignalTarget::everything);
constexpr int kLong = 60'000;

class KeeperStop : public testing::Test {
 protected:
  void SetUp() override {
    const std::string root = FindV2();
    if (root.empty()) GTEST_SKIP() << "no cgroup v2 that may be written to";
    group_ = root + "/raw-exec-test-" + std::to_string(getpid());
    ASSERT_EQ(MakeGroup(group_.c_str(), "test"), 0);
    directory_ = UniqueFd(open(group_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    task_.v2_group = group_;
    task_.cgroup_fd = directory_.get();
    keeper_ = std::make_unique<KeeperProcess>(state_.path());
    client_ = std::make_unique<KeeperClient>(state_.path());
  }
  void TearDown() override {
    if (group_.empty()) return;
    if (client_ != nullptr) {
      for (const ListedTask& task : client_->List()) {
        if (task.info.is_populated != 0) client_->Answer(client_->SendStop(task.id, {}, kLong));
        client_->Forget(task.id);
      }
    }
    EXPECT_EQ(RemoveGroup(group_), 0);
  }

  int Members() const {
    std::ifstream procs(group_ + "/cgroup.procs");
    int count = 0;
    for (std::string line; std::getline(procs, line);) ++count;
    return count;
  }
  // Starts what ignores SIGTERM in itself and in `count` children.
  void StartStubborn(int count) {
    std::string script = "trap '' TERM; ";
    for (int i = 0; i < count; ++i) script += "(while :; do sleep 0.01; done) & ";
    ShellPlan plan(script + "while :; do sleep 0.01; done");
    const wire::Started started = client_->Start(&plan, task_);
    AwaitHandled(started.pid, SIGTERM);  // before it starts the others
    Await("all have begun", [&] { return Members() > count; });
  }
  std::vector<wire::StepReport> Reports(const KeeperMessage& answer) {
    EXPECT_EQ(answer.kind, wire::ClientKind::stopped);
    wire::MessageReader reader = answer.Read();
    reader.Take(&stopped_);
    std::vector<wire::StepReport> reports(static_cast<size_t>(stopped_.step_count));
    for (wire::StepReport& report : reports) reader.Take(&report);
    EXPECT_TRUE(reader.IsComplete() || stopped_.survivor_count > 0);
    return reports;
  }

  StateFolder state_;
  std::string group_;
  UniqueFd directory_;
  KeptTask task_;
  std::unique_ptr<KeeperProcess> keeper_;
  std::unique_ptr<KeeperClient> client_;
  wire::Stopped stopped_ = {};
};

TEST_F(KeeperStop, KillsAllWhoIgnoreTheSteps) {
  StartStubborn(3);
  const uint64_t request =
      client_->SendStop("task", {{SIGTERM, kMain, 20}, {SIGTERM, kEverything, 20}}, kLong);
  const std::vector<wire::StepReport> reports = Reports(client_->Answer(request));
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[0].signal, SIGTERM);
  EXPECT_EQ(reports[0].reached, 1);
  EXPECT_EQ(reports[0].has_ended, 0);
  EXPECT_GE(reports[0].waited_ns, 20'000'000);
  EXPECT_GE(reports[1].reached, 4);
  EXPECT_EQ(reports[2].signal, SIGKILL);
  EXPECT_EQ(reports[2].target, kEverything);
  EXPECT_EQ(reports[2].has_ended, 1);
  EXPECT_GE(stopped_.killed, 4);
  EXPECT_EQ(stopped_.survivor_count, 0);
  const wire::Exited exited = client_->AwaitExit("task");
  EXPECT_EQ(exited.exit.signal, SIGKILL);
  EXPECT_EQ(exited.exit.was_stopped, 1);
  EXPECT_EQ(Members(), 0);
}

TEST_F(KeeperStop, EndsAStepAsSoonAsItsAddressedHaveEnded) {
  ShellPlan plan("trap 'exit 3' TERM; while :; do sleep 0.01; done");
  AwaitHandled(client_->Start(&plan, task_).pid, SIGTERM);
  const std::vector<wire::StepReport> reports =
      Reports(client_->Answer(client_->SendStop("task", {{SIGTERM, kMain, kLong}}, kLong)));
  ASSERT_GE(reports.size(), 1U);
  EXPECT_EQ(reports[0].has_ended, 1);
  EXPECT_EQ(client_->AwaitExit("task").exit.code, 3);
}

TEST_F(KeeperStop, KillsWhatTheMainProcessLeaves) {
  ShellPlan plan("(trap '' TERM; while :; do sleep 0.01; done) & exit 4");
  client_->Start(&plan, task_);
  EXPECT_EQ(client_->AwaitExit("task").exit.code, 4);
  EXPECT_EQ(client_->List()[0].info.is_populated, 1);
  EXPECT_EQ(client_->Fail(client_->Ask(wire::ClientKind::forget, "task")).reason,
            static_cast<int32_t>(wire::Reason::still_populated));
  const std::vector<wire::StepReport> reports =
      Reports(client_->Answer(client_->SendStop("task", {{SIGTERM, kMain, kLong}}, kLong)));
  ASSERT_EQ(reports.size(), 1U) << "the step for the main process is passed over";
  EXPECT_EQ(reports[0].signal, SIGKILL);
  EXPECT_EQ(reports[0].has_ended, 1);
  EXPECT_EQ(client_->List()[0].info.is_populated, 0);
}

TEST_F(KeeperStop, AnswersBothWhoAskForTheSame) {
  StartStubborn(1);
  KeeperClient other(state_.path());
  const uint64_t first = client_->SendStop("task", {{SIGTERM, kMain, 200}}, kLong);
  const uint64_t second = other.SendStop("task", {}, kLong);
  const std::vector<wire::StepReport> one = Reports(client_->Answer(first));
  const std::vector<wire::StepReport> two = Reports(other.Answer(second));
  EXPECT_EQ(one.size(), two.size());
}

TEST_F(KeeperStop, GoesOnWhenWhoAskedIsGone) {
  StartStubborn(1);
  {
    KeeperClient gone(state_.path());
    gone.SendStop("task", {{SIGTERM, kMain, 50}}, kLong);
  }
  EXPECT_EQ(client_->AwaitExit("task").exit.signal, SIGKILL);
}

TEST_F(KeeperStop, GoesOnWhenTheHolderDies) {
  StartStubborn(2);
  const uint64_t request = client_->SendStop("task", {{SIGTERM, kMain, 300}}, kLong);
  kill(client_->welcome().holder_pid, SIGKILL);
  const std::vector<wire::StepReport> reports = Reports(client_->Answer(request));
  EXPECT_EQ(reports.back().has_ended, 1);
  const wire::Exited exited = client_->AwaitExit("task");
  EXPECT_EQ(exited.exit.signal, SIGKILL);
  EXPECT_EQ(exited.exit.was_stopped, 1);
}

TEST_F(KeeperStop, StopsWhatHasEndedWithNothingToReport) {
  ShellPlan plan("exit 0");
  client_->Start(&plan, task_);
  client_->AwaitExit("task");
  EXPECT_TRUE(Reports(client_->Answer(client_->SendStop("task", {{SIGTERM, kMain, kLong}}, kLong)))
                  .empty());
}

TEST_F(KeeperStop, SignalsEverything) {
  StartStubborn(2);
  EXPECT_GE(client_->Signal("task", SIGKILL, wire::SignalTarget::everything).reached, 3);
  EXPECT_EQ(client_->AwaitExit("task").exit.signal, SIGKILL);
}

}  // namespace
}  // namespace raw_exec::test
