// Logs through a keeper and its pump, while either is killed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

constexpr int kLines = 4000;

class KeeperLog : public testing::Test {
 protected:
  void SetUp() override {
    logs_ = state_.path() + "/logs";
    ASSERT_EQ(mkdir(logs_.c_str(), 0700), 0);
    keeper_ = std::make_unique<KeeperProcess>(state_.path());
  }

  // Starts what writes numbered lines, a little at a time, and ends with 6.
  void StartWriter() {
    KeptTask task;
    task.logs[0].spec = {1, 0, 0, 5, 1 << 20, 0600, getuid(), getgid(), 0};
    task.logs[0].directory = logs_;
    task.logs[0].name = "out";
    ShellPlan plan(
        "i=0; while [ $i -lt " + std::to_string(kLines) +
        " ]; do i=$((i+1)); echo line $i; [ $((i%400)) -ne 0 ] || sleep 0.01; done; exit 6");
    plan.stdio[1] = Descriptor(-1);
    KeeperClient(state_.path()).Start(&plan, task);
  }

  size_t Written() const {
    std::error_code ignored;
    const auto size = std::filesystem::file_size(logs_ + "/out.0", ignored);
    return ignored ? 0 : static_cast<size_t>(size);
  }

  // Some more of it, or the rest.
  void AwaitGrowth() const {
    const size_t before = Written();
    Await("the log grows", [&] { return Written() > before || HasEnded(); });
  }
  bool HasEnded() const {
    return !std::filesystem::exists(state_.path() + "/tasks/0000000000000001.stdout");
  }

  // The keeper's child of this name.
  pid_t ChildNamed(const std::string& name) const {
    const std::string pid = std::to_string(state_.Named("keeper.lock"));
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    for (pid_t child = 0; children >> child;) {
      std::ifstream comm("/proc/" + std::to_string(child) + "/comm");
      std::string text;
      if (std::getline(comm, text) && text == name) return child;
    }
    return -1;
  }

  void ExpectEveryLineOnce() {
    Await("the log has ended", [&] { return HasEnded(); });
    std::ostringstream expected;
    for (int i = 1; i <= kLines; ++i) expected << "line " << i << '\n';
    std::ifstream file(logs_ + "/out.0");
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str().size(), expected.str().size());
    EXPECT_TRUE(text.str() == expected.str());
  }

  StateFolder state_;
  std::string logs_;
  std::unique_ptr<KeeperProcess> keeper_;
};

TEST_F(KeeperLog, LosesNothingWhenThePumpIsKilled) {
  StartWriter();
  KeeperClient client(state_.path());
  for (int kills = 0; kills < 4; ++kills) {
    AwaitGrowth();
    pid_t pump = -1;
    Await("there is a pump", [&] { return (pump = ChildNamed("raw-exec-pump")) > 0; });
    kill(pump, SIGKILL);
    AwaitGone(pump);
  }
  ExpectEveryLineOnce();
  Await("its end is known", [&] { return client.List()[0].info.exit.code == 6; });
}

TEST_F(KeeperLog, LosesNothingWhenTheKeeperIsKilled) {
  StartWriter();
  for (int kills = 0; kills < 3; ++kills) {
    AwaitGrowth();
    keeper_->Kill();
    keeper_ = std::make_unique<KeeperProcess>(state_.path());
  }
  ExpectEveryLineOnce();
  KeeperClient client(state_.path());
  Await("its end is known", [&] { return client.List()[0].info.exit.code == 6; });
}

// What is in the FIFO when the task ends would vanish with its last reader.
TEST_F(KeeperLog, LosesNothingWhenTheTaskEndsWithoutAPump) {
  StartWriter();
  pid_t pump = -1;
  Await("there is a pump", [&] { return (pump = ChildNamed("raw-exec-pump")) > 0; });
  kill(pump, SIGSTOP);
  KeeperClient client(state_.path());
  EXPECT_EQ(client.AwaitExit("task").exit.code, 6);
  kill(pump, SIGKILL);
  ExpectEveryLineOnce();
}

}  // namespace
}  // namespace raw_exec::test
