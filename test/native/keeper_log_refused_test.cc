// Logs that cannot go on for a while: their directory is away, or who has to read them is not there
// yet.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "../../native/core/keeper_client.h"
#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

namespace fs = std::filesystem;

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class KeeperLogRefused : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& directory : {logs_, signs_}) {
      ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
    }
    keeper_ = std::make_unique<KeeperProcess>(state_.path());
  }

  // Writes "one" at once and "two" when it is told; then waits to be killed. One process.
  pid_t StartWriter() {
    KeptTask task;
    task.logs[0].spec = {1, 0, 0, 5, 1 << 20, 0600, getuid(), getgid(), 0};
    task.logs[0].directory = logs_;
    task.logs[0].name = "out";
    ShellPlan plan("cd " + signs_ + "; echo one; until [ -e go ]; do sleep 0.01; done; echo two; " +
                   "echo >told; exec sleep 1000");
    plan.stdio[1] = Descriptor(-1);
    KeeperClient client(state_.path());
    holder_ = client.welcome().holder_pid;
    const pid_t pid = client.Start(&plan, task).pid;
    Await("the first line is there", [&] { return Contents(logs_ + "/out.0") == "one\n"; });
    return pid;
  }
  void LetWrite() {
    std::ofstream(signs_ + "/go").flush();
    Await("the second line is written", [&] { return fs::exists(signs_ + "/told"); });
  }

  pid_t Pump() const {
    for (const auto& entry : fs::directory_iterator(state_.path())) {
      const std::string name = entry.path().filename().string();
      if (name.rfind("pump-", 0) != 0) continue;
      for (const auto& process : fs::directory_iterator("/proc")) {
        const std::string line = Contents(process.path().string() + "/cmdline");
        if (line.find(entry.path().string()) == std::string::npos) continue;
        return static_cast<pid_t>(std::stol(process.path().filename().string()));
      }
    }
    return -1;
  }
  // The pump is dead, and the next is told of what the log directory was.
  void ReplacePump() {
    const pid_t old = Pump();
    ASSERT_GT(old, 0);
    kill(old, SIGKILL);
    Await("another pump", [&] { return Pump() > 0 && Pump() != old; });
  }

  bool HasWarned() const {
    return Contents(state_.path() + "/keeper.log").find("cannot go on with the log " + logs_) !=
           std::string::npos;
  }

  void EndTask() {
    KeeperClient client(state_.path());
    client.Signal("task", SIGKILL);
    client.AwaitExit("task");
    Await("the log has ended",
          [&] { return !fs::exists(state_.path() + "/tasks/0000000000000001.stdout"); });
    client.Forget("task");
  }

  StateFolder state_;
  std::string logs_ = state_.path() + "/logs";
  std::string signs_ = state_.path() + "/signs";
  std::unique_ptr<KeeperProcess> keeper_;
  pid_t holder_ = -1;
};

TEST_F(KeeperLogRefused, GoesOnWhenTheDirectoryIsBackAfterAPumpsDeath) {
  StartWriter();
  fs::rename(logs_, logs_ + ".away");
  ReplacePump();
  Await("the keeper has warned of it", [&] { return HasWarned(); });
  LetWrite();
  fs::rename(logs_ + ".away", logs_);
  Await("the rest is there", [&] { return Contents(logs_ + "/out.0") == "one\ntwo\n"; });
  EndTask();
}

TEST_F(KeeperLogRefused, GoesOnWhenTheDirectoryIsBackAfterAKeepersDeath) {
  StartWriter();
  fs::rename(logs_, logs_ + ".away");
  keeper_->Kill();
  keeper_ = std::make_unique<KeeperProcess>(state_.path());
  Await("the keeper has warned of it", [&] { return HasWarned(); });
  LetWrite();
  fs::rename(logs_ + ".away", logs_);
  Await("the rest is there", [&] { return Contents(logs_ + "/out.0") == "one\ntwo\n"; });
  EndTask();
}

bool HasOpen(pid_t pid, const std::string& path) {
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone)) {
    if (fs::read_symlink(entry.path(), gone).string() == path) return true;
  }
  return false;
}

bool IsServed(const std::string& state) {
  int error = 0;
  return static_cast<bool>(ConnectKeeper((state + "/keeper.sock").c_str(), &error));
}

// The keeper waits for a holder that is stopped. Meanwhile the pump dies, and the task: what is in
// the FIFO is in the new keeper's hands alone.
TEST_F(KeeperLogRefused, LosesNothingWhileANewKeeperWaitsForTheHolder) {
  const pid_t task = StartWriter();
  const pid_t pump = Pump();
  ASSERT_GT(pump, 0);
  kill(pump, SIGSTOP);
  LetWrite();
  kill(holder_, SIGSTOP);
  keeper_->Kill();
  std::thread starting([&] { keeper_ = std::make_unique<KeeperProcess>(state_.path()); });
  Await("the new keeper has the FIFO open", [&] {
    return HasOpen(state_.Named("keeper.lock"), state_.path() + "/tasks/0000000000000001.stdout");
  });
  EXPECT_FALSE(IsServed(state_.path())) << "it waits for the holder";
  kill(pump, SIGKILL);
  kill(task, SIGKILL);
  kill(holder_, SIGCONT);
  starting.join();
  Await("the rest is there", [&] { return Contents(logs_ + "/out.0") == "one\ntwo\n"; });
  KeeperClient client(state_.path());
  Await("its end is known", [&] {
    const std::vector<ListedTask> tasks = client.List();
    return tasks.size() == 1 &&
           tasks[0].info.exit.state == static_cast<int32_t>(wire::ExitState::exited);
  });
  client.Forget("task");
}

}  // namespace
}  // namespace raw_exec::test
