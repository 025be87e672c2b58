// Each failure names its own step and errno, leaves no process and no descriptor behind, by every
// way of starting.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>

#include "../../native/core/spawn.h"
#include "engine_variants.h"
#include "test_plan.h"

namespace raw_exec::test {
namespace {

int OpenDescriptorCount() {
  int count = 0;
  DIR* listing = opendir("/proc/self/fd");
  while (listing != nullptr && readdir(listing) != nullptr) ++count;
  if (listing != nullptr) closedir(listing);
  return count;
}

class Failure : public EveryVariant {
 protected:
  void SetUp() override {
    EveryVariant::SetUp();
    // Children of other tests, which end when they like: what is left after this test is this
    // test's.
    while (waitpid(-1, nullptr, WNOHANG | __WALL) > 0) continue;
  }

  void Expect(TestPlan* plan, Step step, int error, int detail = -1) {
    Prepare(plan);
    const Outcome outcome = RunToEnd(plan);
    EXPECT_EQ(outcome.result.error, error);
    EXPECT_STREQ(kStepNames[static_cast<int>(outcome.result.step)],
                 kStepNames[static_cast<int>(step)]);
    EXPECT_EQ(outcome.result.detail, detail);
    EXPECT_EQ(outcome.output, "");
    EXPECT_FALSE(outcome.result.exit_fd);
    // 0: the forker lives; -1: there is no child at all.
    EXPECT_LE(waitpid(-1, nullptr, WNOHANG | __WALL), 0) << "a failed child was left unreaped";
  }
};

TEST_P(Failure, OfAnAbsentProgramIsInExec) {
  TestPlan plan({"/nonexistent/program"});
  Expect(&plan, Step::exec, ENOENT);
}

TEST_P(Failure, OfAFileThatMayNotBeExecutedIsInExec) {
  TestPlan plan({"/etc/passwd"});
  Expect(&plan, Step::exec, EACCES);
}

TEST_P(Failure, OfAnAbsentWorkingDirectoryIsInCwd) {
  TestPlan plan({ProbePath()});
  plan.plan().cwd = "/nonexistent";
  Expect(&plan, Step::cwd, ENOENT);
}

TEST_P(Failure, OfAFileForASlotNamesTheSlot) {
  TestPlan plan({ProbePath()});
  plan.stdio = {Descriptor(0), Descriptor(1), File("/nonexistent/log", O_WRONLY)};
  Expect(&plan, Step::stdio, ENOENT, 2);
}

TEST_P(Failure, OfADescriptorThatIsNotOpenNamesTheSlot) {
  TestPlan plan({ProbePath()});
  plan.stdio = {Descriptor(0), Descriptor(1), Descriptor(2), Descriptor(777)};
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  EXPECT_EQ(outcome.result.error, EBADF);
}

TEST_P(Failure, OfANetworkNamespaceIsItsOwnStep) {
  TestPlan plan({ProbePath()});
  plan.plan().network_namespace = "/nonexistent/netns";
  Expect(&plan, Step::networkNamespace, ENOENT);
}

TEST_P(Failure, OfAnOomScoreOutOfRangeIsItsOwnStep) {
  TestPlan plan({ProbePath()});
  plan.plan().oom_score_adj = "2000";
  Expect(&plan, Step::oomScoreAdj, EINVAL);
}

TEST_P(Failure, OfAResourceLimitNamesItsIndex) {
  const Rlimit limits[] = {{RLIMIT_CORE, 0, 0, 0}, {RLIMIT_CPU, 0, 10, 5}};  // soft above hard
  TestPlan plan({ProbePath()});
  plan.plan().rlimits = limits;
  plan.plan().rlimit_count = 2;
  Expect(&plan, Step::resourceLimit, EINVAL, 1);
}

TEST_P(Failure, OfAnAbsentProcessGroupIsItsOwnStep) {
  TestPlan plan({ProbePath()});
  plan.plan().process_group = 1;  // init's, which is in another session
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  EXPECT_EQ(outcome.result.error, EPERM);
  EXPECT_EQ(outcome.result.step, Step::processGroup);
}

TEST_P(Failure, OfACgroupThatIsAbsentStartsNothing) {
  TestPlan plan({ProbePath()});
  plan.request.cgroup_v2 = "/nonexistent/group";
  Expect(&plan, Step::cgroupOpen, ENOENT);
}

TEST_P(Failure, LeavesNoDescriptorOpen) {
  TestPlan first({"/nonexistent/program"});
  Prepare(&first);
  RunToEnd(&first);  // the engine opens what it keeps
  const int before = OpenDescriptorCount();
  for (int i = 0; i < 20; ++i) {
    TestPlan plan({"/nonexistent/program"});
    Prepare(&plan);
    EXPECT_EQ(RunToEnd(&plan).result.error, ENOENT);
  }
  // Without pidfds a thread waits for each process, and closes its descriptor a little later.
  const time_t deadline = time(nullptr) + 5;
  while (OpenDescriptorCount() > before && time(nullptr) < deadline) sched_yield();
  EXPECT_LE(OpenDescriptorCount(), before);
}

TEST_P(Failure, ToReachExecInTimeIsReportedWithTheStep) {
  char folder[] = "/tmp/raw-exec-core-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string fifo = std::string(folder) + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  TestPlan plan({ProbePath()});
  // Nobody reads from it: opening it for writing blocks.
  plan.stdio = {Descriptor(0), Descriptor(1), File(fifo.c_str(), O_WRONLY)};
  plan.request.exec_deadline_ms = 50;
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  unlink(fifo.c_str());
  rmdir(folder);
  EXPECT_EQ(outcome.result.error, ETIMEDOUT);
  EXPECT_EQ(outcome.result.step, Step::stdio);
  EXPECT_EQ(outcome.result.flags, kDeadline);
}

INSTANTIATE_TEST_SUITE_P(Engine, Failure, testing::ValuesIn(AllVariants()), VariantName);

}  // namespace
}  // namespace raw_exec::test
