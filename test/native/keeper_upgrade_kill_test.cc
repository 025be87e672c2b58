// A keeper that is killed while it becomes the next version: before, meanwhile or after.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "keeper_upgrade.h"

namespace raw_exec::test {
namespace {

class KeeperUpgradeKill : public KeeperUpgrade {};

TEST_F(KeeperUpgradeKill, LosesNoEndAtAnyMoment) {
  constexpr int kRounds = 12;
  constexpr int kTasks = 12;
  // Nobody but the test starts the next one.
  const std::vector<std::string> options = {"--supervised"};
  for (int round = 0; round < kRounds; ++round) {
    const StateFolder state;
    KeeperProcess keeper(state.path(), RAW_EXEC_KEEPER, options);
    pid_t lasting = 0;
    {
      KeeperClient client(state.path());
      for (int i = 0; i < kTasks; ++i) {
        KeptTask task;
        task.id = "task-" + std::to_string(i);
        ShellPlan plan("sleep 0." + std::to_string(100 + i * 20) + "; exit " + std::to_string(i));
        client.Start(&plan, task);
      }
      // A holder without tasks ends with its keeper, and a slow machine takes longer than all
      // others.
      lasting = StartTask(&client, "lasting", kEndsWhenTold).pid;
    }
    const pid_t holder = state.Named("holder.lock");
    KeeperClient asker(state.path(), false);
    AskForUpgrade(&asker, RAW_EXEC_NEXT_KEEPER);
    // The moment is what differs between the rounds: the whole takes some tens of milliseconds.
    std::this_thread::sleep_for(std::chrono::milliseconds(round * 4));
    keeper.Kill();
    KeeperProcess next(state.path(), RAW_EXEC_NEXT_KEEPER, options);
    KeeperClient client(state.path(), true, kNext);
    EXPECT_EQ(client.welcome().holder_pid, holder) << "round " << round;
    EXPECT_EQ(ExecutableOf(holder), RAW_EXEC_NEXT_KEEPER) << "round " << round;
    ASSERT_EQ(kill(lasting, SIGUSR1), 0);
    Await("all have ended", [&] {
      for (const ListedTask& task : client.List()) {
        if (task.info.exit.state == static_cast<int32_t>(wire::ExitState::running)) return false;
      }
      return true;
    });
    const std::vector<ListedTask> tasks = client.List();
    ASSERT_EQ(tasks.size(), static_cast<size_t>(kTasks) + 1);
    for (size_t i = 0; i < tasks.size(); ++i) {
      const int code = tasks[i].id == "lasting" ? 5 : static_cast<int>(i);
      EXPECT_EQ(tasks[i].info.exit.state, static_cast<int32_t>(wire::ExitState::exited));
      EXPECT_EQ(tasks[i].info.exit.code, code) << "round " << round;
      EXPECT_GT(tasks[i].info.exit.max_rss_bytes, 0) << "as a parent sees it";
      client.Forget(tasks[i].id);
    }
  }
}

}  // namespace
}  // namespace raw_exec::test
