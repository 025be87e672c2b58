// What a keeper without a terminal warns of, in a file that does not grow without a bound.
#include "../../native/keeper/warning_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "../../native/core/unique_fd.h"

namespace raw_exec::test {
namespace {

namespace fs = std::filesystem;

class WarningLog : public testing::Test {
 protected:
  WarningLog() {
    char name[] = "/tmp/raw-exec-warnings-XXXXXX";
    path_ = mkdtemp(name);
    directory_.Reset(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  ~WarningLog() override { fs::remove_all(path_); }

  std::string Text(const std::string& name) const {
    std::ifstream file(path_ + "/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::string path_;
  UniqueFd directory_;
};

TEST_F(WarningLog, HasALineWithItsTimeForEach) {
  ASSERT_EQ(keeper::AppendWarning(directory_.get(), "cannot do this"), 0);
  ASSERT_EQ(keeper::AppendWarning(directory_.get(), "nor that"), 0);
  const std::string time = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ )";
  EXPECT_TRUE(std::regex_match(Text("keeper.log"),
                               std::regex(time + "cannot do this\n" + time + "nor that\n")));
}

TEST_F(WarningLog, KeepsTheLastOnesInTwoFilesOfABoundedSize) {
  const std::string text(100, 'x');
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(keeper::AppendWarning(directory_.get(), text + std::to_string(i)), 0);
  }
  constexpr size_t kMost = 64 * 1024 + 200;
  EXPECT_LE(fs::file_size(path_ + "/keeper.log"), kMost);
  EXPECT_LE(fs::file_size(path_ + "/keeper.log.old"), kMost);
  EXPECT_NE((Text("keeper.log.old") + Text("keeper.log")).find("x2999\n"), std::string::npos);
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), fs::directory_iterator()), 2);
}

TEST_F(WarningLog, FollowsNoLinkAndWritesToNothingElse) {
  fs::create_symlink("/dev/null", path_ + "/keeper.log");
  EXPECT_EQ(keeper::AppendWarning(directory_.get(), "text"), ELOOP);
  fs::remove(path_ + "/keeper.log");
  ASSERT_EQ(mkfifo((path_ + "/keeper.log").c_str(), 0600), 0);
  EXPECT_NE(keeper::AppendWarning(directory_.get(), "text"), 0);
}

}  // namespace
}  // namespace raw_exec::test
