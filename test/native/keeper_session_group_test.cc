// Where commands beside tasks live: in groups below those of the tasks.
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

constexpr int kLong = 60'000;

class KeeperSessionGroup : public testing::Test {
 protected:
  void SetUp() override {
    const std::string root = FindV2();
    if (root.empty()) GTEST_SKIP() << "no cgroup v2 that may be written to";
    group_ = root + "/raw-exec-test-" + std::to_string(getpid());
    ASSERT_EQ(MakeGroup(group_.c_str(), "test"), 0);
    directory_ = Open(group_);
    keeper_ = std::make_unique<KeeperProcess>(state_.path());
    client_ = std::make_unique<KeeperClient>(state_.path());
    KeptTask task;
    task.v2_group = group_;
    task.cgroup_fd = directory_.get();
    ShellPlan plan("exec sleep 1000");
    client_->Start(&plan, task);
  }
  void TearDown() override {
    if (client_ != nullptr) {
      client_->Answer(client_->SendStop("task", {}, kLong));
      client_->Forget("task");
    }
    if (group_.empty()) return;
    EXPECT_EQ(RemoveGroup(group_), 0);
  }

  static UniqueFd Open(const std::string& group) {
    return UniqueFd(open(group.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  KeptTask In(const std::string& group) {
    place_ = Open(group);
    KeptTask session;
    session.is_session = true;
    session.v2_group = group;
    session.cgroup_fd = place_.get();
    session.on_supervisor_exit = wire::OnSupervisorExit::kill;
    return session;
  }
  // In a place that is made for it.
  wire::Started Exec(const std::string& script) {
    place_path_ = group_ + "/x-1";
    EXPECT_EQ(mkdir(place_path_.c_str(), 0755), 0);
    ShellPlan plan(script);
    return client_->Start(&plan, In(place_path_));
  }
  bool IsPlaceThere() const { return access(place_path_.c_str(), F_OK) == 0; }
  bool HasMembers() const {
    std::ifstream procs(place_path_ + "/cgroup.procs");
    std::string line;
    return static_cast<bool>(std::getline(procs, line));
  }

  StateFolder state_;
  std::string group_;
  std::string place_path_;
  UniqueFd directory_;
  UniqueFd place_;
  std::unique_ptr<KeeperProcess> keeper_;
  std::unique_ptr<KeeperClient> client_;
};

TEST_F(KeeperSessionGroup, GoesWithTheCommand) {
  const wire::Started session = Exec("grep -q '/x-1$' /proc/self/cgroup || exit 1; exit 4");
  EXPECT_EQ(client_->AwaitSessionExit(session.serial).exit.code, 4);
  Await("its place is removed", [&] { return !IsPlaceThere(); });
}

TEST_F(KeeperSessionGroup, IsThereForAsLongAsSomethingRunsInIt) {
  const wire::Started session = Exec("(trap 'exit 0' TERM; while :; do sleep 0.01; done) & exit 4");
  EXPECT_EQ(client_->AwaitSessionExit(session.serial).exit.code, 4);
  const uint64_t forget = client_->SendForgetSession("task", session.serial);
  EXPECT_EQ(client_->Answer(forget).kind, wire::ClientKind::done);
  EXPECT_TRUE(HasMembers());
  EXPECT_GE(client_->Signal("task", SIGKILL, wire::SignalTarget::everything).reached, 2);
  Await("its place is removed", [&] { return !IsPlaceThere(); });
}

TEST_F(KeeperSessionGroup, IsEmptyWhenTheCommandWasStoppedAndTheTaskIsNot) {
  const wire::Started session =
      Exec("(while :; do sleep 0.01; done) & while :; do sleep 0.01; done");
  Await("both have begun", [&] { return HasMembers(); });
  const uint64_t stop = client_->SendStop("task", {}, kLong, session.serial);
  EXPECT_EQ(client_->Answer(stop).As<wire::Stopped>().survivor_count, 0);
  EXPECT_FALSE(HasMembers());
  EXPECT_EQ(client_->AwaitSessionExit(session.serial).exit.signal, SIGKILL);
  Await("its place is removed", [&] { return !IsPlaceThere(); });
  EXPECT_EQ(client_->List()[0].info.exit.state, static_cast<int32_t>(wire::ExitState::running));
}

TEST_F(KeeperSessionGroup, EndsWithTheTask) {
  const wire::Started session = Exec("exec sleep 1000");
  client_->Answer(client_->SendStop("task", {}, kLong));
  EXPECT_EQ(client_->AwaitSessionExit(session.serial).exit.signal, SIGKILL);
}

TEST_F(KeeperSessionGroup, GoesWhenTheStartHasFailed) {
  place_path_ = group_ + "/x-1";
  ASSERT_EQ(mkdir(place_path_.c_str(), 0755), 0);
  ShellPlan plan("");
  plan.ExecuteFile("/nonexistent");
  const KeptTask session = In(place_path_);
  const uint64_t request = client_->SendStart(MakeStart(&plan, session), session);
  EXPECT_EQ(client_->Fail(request).step, static_cast<int32_t>(Step::exec));
  Await("its place is removed", [&] { return !IsPlaceThere(); });
}

TEST_F(KeeperSessionGroup, HasToBeDirectlyBelowThatOfTheTask) {
  const std::string below = group_ + "/x-1";
  const std::string deeper = below + "/y";
  ASSERT_EQ(mkdir(below.c_str(), 0755), 0);
  ASSERT_EQ(mkdir(deeper.c_str(), 0755), 0);
  for (const std::string& group : {group_, deeper, below + "/..", std::string()}) {
    KeeperClient hostile(state_.path());
    ShellPlan plan("exit 0");
    KeptTask session = In(group);
    if (group.empty()) session.cgroup_fd = -1;
    const uint64_t request = hostile.SendStart(MakeStart(&plan, session), session);
    EXPECT_EQ(hostile.Fail(request).reason, static_cast<int32_t>(wire::Reason::malformed)) << group;
    EXPECT_TRUE(hostile.AwaitClosed());
  }
}

}  // namespace
}  // namespace raw_exec::test
