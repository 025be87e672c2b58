// The steps of groups that any file system has too: lists of writes, and removal from the bottom
// up.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "../../native/core/group_directory.h"
#include "../../native/core/group_files.h"
#include "../../native/core/group_removal.h"

namespace raw_exec::test {
namespace {

class GroupsTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/raw-exec-core-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    std::remove((folder_ + "/file").c_str());
    std::remove((folder_ + "/group/file").c_str());
    EXPECT_EQ(RemoveGroup(folder_), 0);
  }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string folder_;
};

TEST_F(GroupsTest, WritesInOrderAndTellsWhichFailed) {
  std::ofstream(Path("file")) << "before";
  const std::string file = Path("file");
  const std::string none = Path("none");
  const WriteOutcome outcome = WriteGroupFiles({file, "12345678", none, "2", file, "3"});
  EXPECT_EQ(outcome.error, ENOENT);
  EXPECT_EQ(outcome.index, 1U);
  std::string text;
  EXPECT_EQ(ReadGroupFile(file.c_str(), &text), 0);
  EXPECT_EQ(text, "12345678");
  EXPECT_EQ(ReadGroupFile(none.c_str(), &text), ENOENT);
  EXPECT_EQ(WriteGroupFiles({}).error, 0);
}

TEST_F(GroupsTest, RemovesWhatIsBelowFirst) {
  const std::string group = Path("group");
  ASSERT_EQ(MakeGroup(group.c_str(), "owner"), 0);
  ASSERT_EQ(MakeGroup((group + "/a").c_str(), "owner"), 0);
  ASSERT_EQ(MakeGroup((group + "/a/b").c_str(), "owner"), 0);
  ASSERT_EQ(MakeGroup((group + "/c").c_str(), "owner"), 0);
  EXPECT_EQ(MakeGroup(group.c_str(), "owner"), EEXIST);
  EXPECT_EQ(RemoveGroup(group), 0);
  EXPECT_EQ(access(group.c_str(), F_OK), -1);
  EXPECT_EQ(RemoveGroup(group), 0);
}

TEST_F(GroupsTest, LeavesWhatIsInUseAndTellsWhichIt) {
  ASSERT_EQ(MakeGroup(Path("group").c_str(), "owner"), 0);
  ASSERT_EQ(MakeGroup(Path("other").c_str(), "owner"), 0);
  std::ofstream(Path("group/file")) << "";
  const std::vector<int> errors =
      RemoveGroups({Path("group"), Path("other"), Path("none")}, Members::wait, 10);
  EXPECT_EQ(errors, (std::vector<int>{ENOTEMPTY, 0, 0}));
}

TEST_F(GroupsTest, ListsDirectoriesWithTheirMarks) {
  ASSERT_EQ(MakeGroup(Path("group").c_str(), "1 2 3"), 0);
  ASSERT_EQ(MarkGroup(Path("group").c_str(), "alloc/task"), 0);
  ASSERT_EQ(mkdir(Path("plain").c_str(), 0755), 0);
  std::ofstream(Path("file")) << "";
  std::vector<ListedGroup> groups;
  ASSERT_EQ(ListGroups(folder_, &groups), 0);
  ASSERT_EQ(groups.size(), 2U);
  for (const ListedGroup& group : groups) {
    if (group.name == "group" && !group.owner.empty()) {
      EXPECT_EQ(group.owner, "1 2 3");
      EXPECT_EQ(group.task, "alloc/task");
    } else if (group.name == "plain") {
      EXPECT_EQ(group.owner, "");
      EXPECT_EQ(group.task, "");
    }
  }
  EXPECT_EQ(ListGroups(Path("none"), &groups), ENOENT);
}

}  // namespace
}  // namespace raw_exec::test
