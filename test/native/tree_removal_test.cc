// Removal of directories that others can write: nothing outside is touched, whatever they put
// there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "../../native/core/tree_removal.h"
#include "../../native/core/unique_fd.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kSomebody = 65534;

class TreeRemoval : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/raw-exec-core-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    tree_ = folder_ + "/tree";
    outside_ = folder_ + "/outside";
    ASSERT_EQ(chmod(folder_.c_str(), 0777), 0);
    fs::create_directory(outside_);
    std::ofstream(outside_ + "/kept") << "kept";
  }
  void TearDown() override {
    EXPECT_TRUE(fs::exists(outside_ + "/kept"));
    fs::remove_all(folder_);
  }

  // In a process of its own, which may have changed what only it must see. 255: it did not get
  // there.
  template <typename Act>
  static int InChild(Act act) {
    const pid_t pid = fork();
    if (pid == 0) _exit(act());
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return 255;
    return WEXITSTATUS(status);
  }

  std::string folder_;
  std::string tree_;
  std::string outside_;
};

TEST_F(TreeRemoval, RemovesAllOfItAndFollowsNoLink) {
  fs::create_directories(tree_ + "/a/b/c");
  std::ofstream(tree_ + "/a/file") << "x";
  ASSERT_EQ(mkfifo((tree_ + "/a/b/fifo").c_str(), 0600), 0);
  fs::create_symlink(outside_, tree_ + "/a/link");
  fs::create_symlink(outside_ + "/kept", tree_ + "/kept");
  fs::create_symlink("nowhere", tree_ + "/dangling");
  EXPECT_EQ(RemoveTree(tree_), 0);
  EXPECT_FALSE(fs::exists(tree_));
}

TEST_F(TreeRemoval, WhatIsGoneIsNoErrorAndALinkOrAFileIsNoDirectory) {
  EXPECT_EQ(RemoveTree(tree_), 0);
  fs::create_symlink(outside_, tree_);
  const int error = RemoveTree(tree_);
  EXPECT_TRUE(error == ENOTDIR || error == ELOOP) << error;
  EXPECT_EQ(RemoveTree(outside_ + "/kept"), ENOTDIR);
}

TEST_F(TreeRemoval, DepthHasNoLimit) {
  // Longer than any path may be.
  constexpr int kLevels = 1000;
  fs::create_directory(tree_);
  UniqueFd at(open(tree_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int level = 0; level < kLevels; ++level) {
    ASSERT_EQ(mkdirat(at.get(), "below", 0700), 0);
    UniqueFd next(openat(at.get(), "below", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(next);
    at = std::move(next);
  }
  EXPECT_EQ(RemoveTree(tree_), 0);
  EXPECT_FALSE(fs::exists(tree_));
}

TEST_F(TreeRemoval, DirectoriesThatAreClosedToTheirOwnerAreOpened) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  const int result = InChild([this] {
    if (setgid(kSomebody) != 0 || setuid(kSomebody) != 0) return 255;
    fs::create_directories(tree_ + "/cache/module");
    fs::create_directories(tree_ + "/closed/below");
    std::ofstream(tree_ + "/cache/module/file") << "x";
    chmod((tree_ + "/cache/module").c_str(), 0555);
    chmod((tree_ + "/cache").c_str(), 0555);
    chmod((tree_ + "/closed").c_str(), 0);
    return RemoveTree(tree_);
  });
  EXPECT_EQ(result, 0);
  EXPECT_FALSE(fs::exists(tree_));
}

TEST_F(TreeRemoval, WhatIsAnothersStaysAndTheRestGoes) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  fs::create_directories(tree_ + "/theirs");
  std::ofstream(tree_ + "/theirs/file") << "x";
  ASSERT_EQ(chown(tree_.c_str(), kSomebody, kSomebody), 0);
  const int result = InChild([this] {
    if (setgid(kSomebody) != 0 || setuid(kSomebody) != 0) return 255;
    std::ofstream(tree_ + "/own") << "x";
    return RemoveTree(tree_);
  });
  EXPECT_EQ(result, EACCES);
  EXPECT_TRUE(fs::exists(tree_ + "/theirs/file"));
  EXPECT_FALSE(fs::exists(tree_ + "/own"));
}

TEST_F(TreeRemoval, AMountIsNotEntered) {
  fs::create_directories(tree_ + "/mounted");
  std::ofstream(tree_ + "/file") << "x";
  const int result = InChild([this] {
    if (unshare(CLONE_NEWNS) != 0) return 254;
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 254;
    const std::string at = tree_ + "/mounted";
    if (mount(outside_.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) != 0) return 254;
    return RemoveTree(tree_);
  });
  if (result == 254) GTEST_SKIP() << "needs the right to mount";
  EXPECT_EQ(result, EBUSY);
  EXPECT_FALSE(fs::exists(tree_ + "/file"));
}

TEST_F(TreeRemoval, AnExchangedDirectoryLeadsNowhere) {
  std::atomic<bool> is_over = false;
  const std::string victim = tree_ + "/victim";
  const std::string link = tree_ + "/link";
  fs::create_directory(tree_);
  std::thread attacker([&] {
    while (!is_over) {
      // Each may fail: the removal is under way.
      (void)mkdir(tree_.c_str(), 0777);
      (void)mkdir(victim.c_str(), 0777);
      (void)symlink(outside_.c_str(), link.c_str());
      (void)renameat2(AT_FDCWD, victim.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
      (void)renameat2(AT_FDCWD, victim.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
    }
  });
  const int rounds = Fewer(200, 20);
  for (int round = 0; round < rounds; ++round) {
    while (access(link.c_str(), F_OK) != 0 && access(victim.c_str(), F_OK) != 0) sched_yield();
    const int error = RemoveTree(tree_);
    EXPECT_TRUE(error == 0 || error == ENOTEMPTY) << error;
    ASSERT_TRUE(fs::exists(outside_ + "/kept"));
  }
  is_over = true;
  attacker.join();
}

}  // namespace
}  // namespace raw_exec::test
