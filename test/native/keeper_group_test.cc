// Which groups keeper, holder and pumps leave at their end: by the texts of /proc alone.
#include <gtest/gtest.h>

#include "../../native/keeper/leave_group.h"

namespace raw_exec::keeper {
namespace {

constexpr char kHybrid[] =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:35 / /sys/fs/cgroup/pids rw,relatime shared:4 - cgroup cgroup rw,pids\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";

TEST(KeeperGroup, IsFoundInEachHierarchyThatItIsIn) {
  const std::vector<OwnGroup> found = FindOwnGroups(
      "9:name=systemd:/raw-exec/keeper-12.3\n8:pids:/\n0::/raw-exec.slice/keeper-12.3", kHybrid);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].top, "/sys/fs/cgroup/systemd");
  EXPECT_EQ(found[0].directory, "/sys/fs/cgroup/systemd/raw-exec/keeper-12.3");
  EXPECT_EQ(found[1].top, "/sys/fs/cgroup/unified");
  EXPECT_EQ(found[1].directory, "/sys/fs/cgroup/unified/raw-exec.slice/keeper-12.3");
}

TEST(KeeperGroup, IsNoneThatWasNotMadeForAKeeper) {
  for (const char* path :
       {"/", "/raw-exec.slice/12.3", "/raw-exec.slice/keeper-", "/keeper-12", "/keeper-12.",
        "/keeper-.3", "/keeper-12.3x", "/keeper-12.3/below", "/mykeeper-12.3", "/keeper-12.3.4"}) {
    EXPECT_TRUE(FindOwnGroups(std::string("0::") + path, kHybrid).empty()) << path;
  }
}

TEST(KeeperGroup, IsBelowWhatIsMountedOfTheHierarchy) {
  const char mounts[] = "41 31 0:38 /docker/7 /sys/fs/cgroup ro - cgroup2 cgroup2 rw";
  const auto found = FindOwnGroups("0::/docker/7/raw-exec.slice/keeper-1.2", mounts);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].directory, "/sys/fs/cgroup/raw-exec.slice/keeper-1.2");
  EXPECT_TRUE(FindOwnGroups("0::/elsewhere/keeper-1.2", mounts).empty());
  EXPECT_TRUE(FindOwnGroups("0::/docker/77/keeper-1.2", mounts).empty());
}

TEST(KeeperGroup, IsNoneWithoutAMountOrWithHalfALine) {
  EXPECT_TRUE(FindOwnGroups("0::/raw-exec.slice/keeper-1.2", "").empty());
  EXPECT_TRUE(FindOwnGroups("0::/raw-exec.slice/keeper-1.2", "41 31 0:38 / /sys").empty());
  EXPECT_TRUE(FindOwnGroups("3:pids:/keeper-1.2\n", "41 31 0:38 / /x rw - cgroup2 c rw").empty());
}

}  // namespace
}  // namespace raw_exec::keeper
