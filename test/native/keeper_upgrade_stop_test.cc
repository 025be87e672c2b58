// Stops that are under way in a keeper which becomes the next version, where they are about more
// than the main process, or past their last step.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../native/core/group_directory.h"
#include "keeper_upgrade.h"
#include "small_file_system.h"
#include "v2_root.h"

namespace raw_exec::test {
namespace {

constexpr int32_t kEverything = static_cast<int32_t>(wire::SignalTarget::everything);
constexpr int kLong = 60'000;

class KeeperUpgradeStop : public KeeperUpgrade {
 protected:
  // Asks for a stop, and then for the next version.
  void StopAndUpgrade(const std::string& id, const std::vector<wire::Step>& steps) {
    {
      KeeperClient client(state_.path());
      client.SendStop(id, steps, kLong);
      client.List();  // what comes before it has been received by then
    }
    MustUpgrade();
  }
  // The report of the only step, once the stop is over.
  wire::StepReport ReportOf(KeeperClient* client, uint64_t stop) {
    const KeeperMessage answer = client->Answer(stop);
    EXPECT_EQ(answer.kind, wire::ClientKind::stopped);
    wire::MessageReader reader = answer.Read();
    wire::Stopped stopped = {};
    wire::StepReport report = {};
    EXPECT_TRUE(reader.Take(&stopped) && reader.Take(&report) && reader.IsComplete());
    EXPECT_EQ(stopped.step_count, 1);
    return report;
  }
};

TEST_F(KeeperUpgradeStop, WaitsForAllOfAGroup) {
  const std::string root = FindV2();
  if (root.empty()) GTEST_SKIP() << "no cgroup v2 that may be written to";
  const std::string group = root + "/raw-exec-test-" + std::to_string(getpid());
  ASSERT_EQ(MakeGroup(group.c_str(), "test"), 0);
  const UniqueFd directory(open(group.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  StartKeeper();
  KeptTask task;
  task.v2_group = group;
  task.cgroup_fd = directory.get();
  // The main process ends at once; what it leaves behind does not.
  const std::string pid_file = other_.path() + "/pid";
  ShellPlan plan("trap '' TERM; (echo ready > " + pid_file +
                 "; while :; do sleep 0.01; done) & trap - TERM; while :; do sleep 0.01; done");
  KeeperClient(state_.path()).Start(&plan, task);
  Await("both have begun", [&] { return ReadAll(pid_file) == "ready\n"; });
  const std::vector<wire::Step> steps = {{SIGTERM, kEverything, kLong}};
  StopAndUpgrade(task.id, steps);
  KeeperClient client(state_.path(), true, kNext);
  const uint64_t stop = client.SendStop(task.id, steps, kLong);
  EXPECT_GE(client.Signal(task.id, SIGKILL, wire::SignalTarget::everything).reached, 1);
  const wire::StepReport report = ReportOf(&client, stop);
  EXPECT_EQ(report.signal, SIGTERM);
  EXPECT_GE(report.reached, 2);
  EXPECT_EQ(report.has_ended, 1);
  EndOf(task.id);
  EXPECT_EQ(RemoveGroup(group), 0);
}

// A process that writes to a frozen file system does not die before it is thawed.
TEST_F(KeeperUpgradeStop, WaitsForWhatCannotDieYet) {
  const std::string at = other_.path() + "/disk";
  ASSERT_EQ(mkdir(at.c_str(), 0700), 0);
  FreezableFileSystem disk(at);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  ASSERT_TRUE(disk.Freeze());
  StartKeeper();
  wire::Started started;
  {
    KeeperClient client(state_.path());
    started = StartTask(&client, "task", "echo one > " + at + "/file");
  }
  const std::string stat = "/proc/" + std::to_string(started.pid) + "/stat";
  Await("it waits for the disk", [&] { return ReadAll(stat).find(") D ") != std::string::npos; });
  StopAndUpgrade("task", {});
  KeeperClient client(state_.path(), true, kNext);
  const uint64_t stop = client.SendStop("task", {}, kLong);
  EXPECT_TRUE(disk.Thaw());
  const wire::StepReport report = ReportOf(&client, stop);
  EXPECT_EQ(report.signal, SIGKILL);
  EXPECT_EQ(report.has_ended, 1);
  const wire::ExitFacts exit = EndOf("task");
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_EQ(exit.was_stopped, 1);
}

}  // namespace
}  // namespace raw_exec::test
