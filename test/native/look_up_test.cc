// A command is found as execvp(3) finds it.
#include "../../native/core/look_up.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

namespace raw_exec::test {
namespace {

class LookUpTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/raw-exec-core-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    Make("plain", 0644);
    Make("program", 0755);
    ASSERT_EQ(mkdir((folder_ + "/directory").c_str(), 0755), 0);
  }
  void TearDown() override {
    unlink((folder_ + "/plain").c_str());
    unlink((folder_ + "/program").c_str());
    rmdir((folder_ + "/directory").c_str());
    rmdir(folder_.c_str());
  }
  void Make(const std::string& name, mode_t mode) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n";
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }

  std::string folder_;
};

TEST_F(LookUpTest, TakesTheFirstThatMayBeExecuted) {
  std::string found;
  EXPECT_EQ(LookUp("program", "/nonexistent:" + folder_ + ":/bin", "", &found), 0);
  EXPECT_EQ(found, folder_ + "/program");
}

TEST_F(LookUpTest, TellsAFileThatMayNotBeExecutedFromNone) {
  std::string found;
  EXPECT_EQ(LookUp("plain", folder_ + ":/nonexistent", "", &found), EACCES);
  EXPECT_EQ(LookUp("directory", folder_, "", &found), EACCES);
  EXPECT_EQ(LookUp("absent", folder_, "", &found), ENOENT);
  EXPECT_EQ(LookUp("", folder_, "", &found), ENOENT);
}

TEST_F(LookUpTest, ReadsEmptyElementsAsTheWorkingDirectoryOfTheChild) {
  std::string found;
  EXPECT_EQ(LookUp("program", "/nonexistent::/bin", folder_, &found), 0);
  EXPECT_EQ(found, folder_ + "/program");
}

}  // namespace
}  // namespace raw_exec::test
