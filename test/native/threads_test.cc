// Several threads start at once, each with a context of its own; what belongs to the process is
// shared under locks.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "slowness.h"
#include "test_plan.h"

namespace raw_exec::test {
namespace {

constexpr int kThreads = 4;

TEST(Threads, StartAtOnceWithoutMixingTheirDescriptors) {
  const int starts = Fewer(25, 8);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([thread, starts, &wrong] {
      for (int i = 0; i < starts; ++i) {
        const std::string word = std::to_string(thread) + "-" + std::to_string(i);
        TestPlan plan({"/bin/echo", word});
        const Outcome outcome = RunToEnd(&plan);
        if (outcome.output != word + "\n" || outcome.exit.code != 0) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST(Threads, OutliveNoProcessThatDiesWithItsParent) {
  // The death signal comes when the thread that cloned ends: another thread than the first must not
  // clone it itself.
  Outcome outcome;
  std::thread([&outcome] {
    TestPlan plan({ProbePath()});
    plan.plan().parent_death_signal = SIGTERM;
    outcome = RunToEnd(&plan);
  }).join();
  ASSERT_EQ(outcome.result.error, 0);
  EXPECT_EQ(outcome.result.path, SpawnPath::careful);
  EXPECT_EQ(Field(outcome.output, "pdeathsig"), std::to_string(SIGTERM));
}

}  // namespace
}  // namespace raw_exec::test
