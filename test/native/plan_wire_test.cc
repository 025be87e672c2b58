// A plan that went over the wire says the same as the one that was written.
#include "../../native/core/plan_wire.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstring>
#include <vector>

#include "test_plan.h"

namespace raw_exec::test {
namespace {

std::vector<uint64_t> Written(const SpawnPlan& plan) {
  const size_t size = PlanWriter(nullptr, 0).Write(plan);
  std::vector<uint64_t> block((size + 7) / 8);  // aligned as the forker's buffer is
  EXPECT_EQ(PlanWriter(reinterpret_cast<char*>(block.data()), size).Write(plan), size);
  return block;
}

TEST(PlanWire, KeepsStringsListsAndNumbers) {
  const Rlimit limits[] = {{RLIMIT_NOFILE, 0, 10, 20}, {RLIMIT_CORE, 0, 0, 1}};
  const uint64_t mask[] = {5, 6, 7};
  const gid_t groups[] = {1, 22, 333};
  const char* const v1[] = {"/a/b", "/c", nullptr};
  TestPlan plan({"/bin/prog", "one", ""});
  plan.env = {"A=1", "B="};
  plan.stdio = {Descriptor(40), Closed(), File("/tmp/x", 1, 0600), Descriptor(41)};
  plan.plan().cwd = "/usr";
  plan.plan().oom_score_adj = "12";
  plan.plan().rlimits = limits;
  plan.plan().rlimit_count = 2;
  plan.plan().cpu_mask = mask;
  plan.plan().cpu_mask_words = 3;
  plan.plan().groups = groups;
  plan.plan().group_count = 3;
  plan.plan().cgroup_v1 = v1;
  plan.plan().cgroup_v1_count = 2;
  plan.plan().nice = -3;

  std::vector<uint64_t> block = Written(plan.Finish().plan);
  const SpawnPlan& read = *RelocatePlan(reinterpret_cast<char*>(block.data()));

  EXPECT_STREQ(read.file, "/bin/prog");
  EXPECT_STREQ(read.argv[1], "one");
  EXPECT_STREQ(read.argv[2], "");
  EXPECT_EQ(read.argv[3], nullptr);
  EXPECT_STREQ(read.envp[1], "B=");
  EXPECT_EQ(read.envp[2], nullptr);
  EXPECT_STREQ(read.cwd, "/usr");
  EXPECT_STREQ(read.oom_score_adj, "12");
  EXPECT_EQ(read.network_namespace, nullptr);
  EXPECT_EQ(std::memcmp(read.rlimits, limits, sizeof(limits)), 0);
  EXPECT_EQ(std::memcmp(read.cpu_mask, mask, sizeof(mask)), 0);
  EXPECT_EQ(std::memcmp(read.groups, groups, sizeof(groups)), 0);
  EXPECT_STREQ(read.cgroup_v1[1], "/c");
  EXPECT_EQ(read.nice, -3);
  ASSERT_EQ(read.stdio_count, 4);
  EXPECT_EQ(read.stdio[0].fd, 0) << "the first descriptor of the message";
  EXPECT_EQ(read.stdio[1].source, StdioSource::closed);
  EXPECT_STREQ(read.stdio[2].path, "/tmp/x");
  EXPECT_EQ(read.stdio[2].mode, 0600U);
  EXPECT_EQ(read.stdio[3].fd, 1) << "the second descriptor of the message";
}

TEST(PlanWire, WritesNothingBeyondTheCapacity) {
  TestPlan plan({"/bin/prog", std::string(1000, 'x')});
  std::vector<char> small(100, '#');
  EXPECT_GT(PlanWriter(small.data(), 50).Write(plan.Finish().plan), 1000U);
  for (size_t i = 50; i < small.size(); ++i) EXPECT_EQ(small[i], '#');
}

}  // namespace
}  // namespace raw_exec::test
