// Files that are replaced as wholes, and directories that are made as they are to be.
#include "../../native/core/whole_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "../../native/core/new_directories.h"

namespace raw_exec::test {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/raw-exec-core-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    path_ = folder_ + "/file";
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static mode_t ModeOf(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(Files, AFileIsReplacedAndNothingElseStays) {
  for (const Durability durability : {Durability::process, Durability::power}) {
    ASSERT_EQ(ReplaceFile(path_, "before", 0600, durability), 0);
    ASSERT_EQ(ReplaceFile(path_, "", 0600, durability), 0);
    EXPECT_EQ(Read(path_), "");
    ASSERT_EQ(ReplaceFile(path_, std::string(100'000, 'x'), 0600, durability), 0);
    EXPECT_EQ(Read(path_).size(), 100'000U);
    EXPECT_EQ(ModeOf(path_), 0600U);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
  }
}

// A file size limit stands for a full disk: write(2) says EFBIG instead of ENOSPC.
TEST_F(Files, WhatCannotBeWrittenLeavesWhatWasThere) {
  ASSERT_EQ(ReplaceFile(path_, "before", 0600, Durability::process), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {10, 10};
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit(ReplaceFile(path_, "more than ten bytes", 0600, Durability::process));
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), EFBIG);
  EXPECT_EQ(Read(path_), "before");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(Files, WhatLiesInTheWayIsNotFollowed) {
  ASSERT_EQ(mkfifo((path_ + ".new").c_str(), 0600), 0);
  EXPECT_EQ(ReplaceFile(path_, "text", 0600, Durability::process), ENXIO);
  const std::string outside = folder_ + "/outside";
  std::ofstream(outside) << "kept";
  ASSERT_EQ(symlink(outside.c_str(), (path_ + ".new").c_str()), 0);
  EXPECT_EQ(ReplaceFile(path_, "text", 0600, Durability::process), ELOOP);
  EXPECT_EQ(Read(outside), "kept");
  EXPECT_EQ(ReplaceFile(folder_ + "/none/file", "text", 0600, Durability::process), ENOENT);
}

TEST_F(Files, DirectoriesHaveTheirModesWhateverTheUmaskSays) {
  const mode_t before = umask(0077);
  const std::string top = folder_ + "/top";
  const NewDirectoriesOutcome made =
      MakeDirectories({{top, 0700, {}}, {top + "/open", 0777, {}}, {top + "/closed", 0700, {}}});
  umask(before);
  EXPECT_EQ(made.error, 0);
  EXPECT_EQ(ModeOf(top), 0700U);
  EXPECT_EQ(ModeOf(top + "/open"), 0777U);
  const NewDirectoriesOutcome again = MakeDirectories({{top + "/new", 0700, {}}, {top, 0777, {}}});
  EXPECT_EQ(again.error, EEXIST);
  EXPECT_EQ(again.index, 1U);
  EXPECT_EQ(ModeOf(top), 0700U) << "what was there stays as it was";
  EXPECT_TRUE(fs::exists(top + "/new"));
}

TEST_F(Files, DirectoriesAreGivenAway) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const std::string path = folder_ + "/given";
  ASSERT_EQ(MakeDirectories({{path, 0700, NewDirectory::Owner{65534, 65533}}}).error, 0);
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 65534U);
  EXPECT_EQ(status.st_gid, 65533U);
}

}  // namespace
}  // namespace raw_exec::test
