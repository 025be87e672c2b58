// Idle, neither the keeper nor the holder nor a pump wakes up.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

// All switches of a process's only thread so far.
long Switches(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  long switches = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.find("ctxt_switches") == std::string::npos) continue;
    switches += std::stol(line.substr(line.find(':') + 1));
  }
  return switches;
}

TEST(KeeperIdle, SleepsWithoutATimeout) {
  const StateFolder state;
  const KeeperProcess keeper(state.path());
  KeeperClient client(state.path());
  ShellPlan plan("exec sleep 1000");
  client.Start(&plan, {});
  const pid_t pids[] = {keeper.pid(), client.welcome().holder_pid};
  // What the start has brought is dealt with when both have slept through a while.
  long before[2] = {-1, -1};
  Await("they come to rest", [&] {
    const long now[2] = {Switches(pids[0]), Switches(pids[1])};
    const bool is_rest = now[0] == before[0] && now[1] == before[1];
    before[0] = now[0];
    before[1] = now[1];
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return is_rest;
  });
  // Time passes for the task, as seen by a timer of the test's: that is what is waited for.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
  std::this_thread::sleep_until(until);
  EXPECT_EQ(Switches(pids[0]), before[0]);
  EXPECT_EQ(Switches(pids[1]), before[1]);
  client.Signal("task", SIGKILL);
  client.AwaitExit("task");
  client.Forget("task");
}

}  // namespace
}  // namespace raw_exec::test
