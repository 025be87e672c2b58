// The state directory, the lock, and how whoever starts a keeper learns what became of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

constexpr int kRefused = 3;
constexpr int kUsage = 2;
constexpr int kLocked = 75;

Ran Try(const std::string& directory) {
  return RunKeeper({"keeper", "--state", directory, "--foreground"});
}

void ExpectRefused(const std::string& directory, const std::string& why) {
  const Ran ran = Try(directory);
  EXPECT_EQ(ran.code, kRefused) << ran.errors;
  EXPECT_NE(ran.errors.find(why), std::string::npos) << ran.errors;
  EXPECT_NE(ran.errors.find(directory), std::string::npos) << ran.errors;
}

class KeeperDirectory : public testing::Test {
 protected:
  std::string Make(mode_t mode) {
    const std::string path = folder_.path() + "/state";
    EXPECT_EQ(mkdir(path.c_str(), 0700), 0);
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  StateFolder folder_;
};

TEST_F(KeeperDirectory, RefusesAModeThatLetsOthersIn) {
  const std::string path = Make(0755);
  ExpectRefused(path, "its mode is 0755, which must be 0700");
}

TEST_F(KeeperDirectory, RefusesASymbolicLinkAndAFile) {
  const std::string path = Make(0700);
  const std::string link = folder_.path() + "/link";
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  ExpectRefused(link, "it is a symbolic link");
  const std::string file = folder_.path() + "/file";
  const UniqueFd made(open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ExpectRefused(file, "no directory");
}

TEST_F(KeeperDirectory, RefusesAnotherOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "giving a directory away needs root";
  const std::string path = Make(0700);
  ASSERT_EQ(chown(path.c_str(), 12'345, 0), 0);
  ExpectRefused(path, "it belongs to uid 12345");
}

TEST_F(KeeperDirectory, RefusesADirectoryThatOthersCanReplace) {
  const std::string above = Make(0777);
  ExpectRefused(above + "/inner", "everybody can write to a directory above it");
  ASSERT_EQ(chmod(above.c_str(), 01777), 0);
  const KeeperProcess keeper(above + "/inner");
  const std::string kept = above + "/inner/tasks";
  struct stat found = {};
  ASSERT_EQ(stat(kept.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0700U);
  const std::string socket = above + "/inner/keeper.sock";
  ASSERT_EQ(stat(socket.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
}

TEST_F(KeeperDirectory, TheSecondIsToldWhoTheFirstIs) {
  const KeeperProcess keeper(folder_.path());
  const Ran ran = Try(folder_.path());
  EXPECT_EQ(ran.code, kLocked);
  EXPECT_NE(ran.errors.find("already: pid " + std::to_string(keeper.pid()) + "\n"),
            std::string::npos)
      << ran.errors;
}

TEST_F(KeeperDirectory, GoesIntoASessionOfItsOwnAndReturnsWhenItServes) {
  const Ran ran = RunKeeper({"--state", folder_.path()});
  EXPECT_EQ(ran.code, 0) << ran.errors;
  const pid_t pid = folder_.Named("keeper.lock");
  EXPECT_EQ(getsid(pid), pid);
  const KeeperClient client(folder_.path());
  EXPECT_EQ(client.welcome().keeper_pid, pid);
}

TEST_F(KeeperDirectory, ReturnsWithWhatWentWrong) {
  const std::string path = Make(0750);
  const Ran ran = RunKeeper({"--state", path});
  EXPECT_EQ(ran.code, kRefused);
  EXPECT_NE(ran.errors.find("0750"), std::string::npos) << ran.errors;
}

TEST_F(KeeperDirectory, ServesAPathLongerThanAnAddress) {
  std::string path = folder_.path() + "/" + std::string(200, 'x');
  const KeeperProcess keeper(path);
  EXPECT_EQ(access((path + "/keeper.sock").c_str(), F_OK), 0);
}

TEST_F(KeeperDirectory, SaysHowItIsUsed) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"keeper"},
                                             {"keeper", "--state"},
                                             {"keeper", "--state", "/x", "--ready-fd", "2"},
                                             {"keeper", "--state", "/x", "--ready-fd", "3x"},
                                             {"bogus"}}) {
    const Ran ran = RunKeeper(arguments);
    EXPECT_EQ(ran.code, kUsage) << ran.errors;
    EXPECT_NE(ran.errors.find("usage: raw-exec-keeper"), std::string::npos) << ran.errors;
  }
}

}  // namespace
}  // namespace raw_exec::test
