// How many descriptors the statistics of groups may take.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "../../native/core/group_stats.h"

namespace raw_exec::test {
namespace {

TEST(GroupStats, TakesAtMostAQuarterOfTheDescriptors) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few = {400, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  EXPECT_EQ(GroupStats(8192).max_open_files(), 100U);
  EXPECT_EQ(GroupStats(10).max_open_files(), 10U);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace raw_exec::test
