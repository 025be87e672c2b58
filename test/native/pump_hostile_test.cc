// What a pump refuses: names, directories, descriptors and messages that lead elsewhere.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "../../native/core/wire/message_writer.h"
#include "pump_client.h"

namespace raw_exec::test {
namespace {

using wire::PumpKind;
using wire::PumpRefusal;

class PumpHostile : public testing::Test {
 protected:
  PumpHostile() : fifo_(folder_ / "fifo") {
    std::filesystem::create_directory(logs_);
    std::ofstream(folder_ / "secret") << "secret\n";
  }
  PumpMessage Add() { return pump_.Add(1, fifo_.Reader(), Spec(), logs_, "log"); }
  void ExpectRefused(PumpRefusal refusal, int error, const std::string& entry) {
    const PumpMessage answer = Add();
    EXPECT_EQ(answer.error, error) << std::strerror(answer.error);
    EXPECT_EQ(answer.refusal, refusal);
    EXPECT_EQ(answer.entry, entry);
    EXPECT_EQ(pump_.Ask(1).error, ENOENT) << "the stream is there all the same";
    EXPECT_EQ(ReadAll(folder_ / "secret"), "secret\n");
  }

  TemporaryFolder folder_;
  const std::string logs_ = folder_ / "logs";
  Fifo fifo_;
  Pump pump_;
};

TEST_F(PumpHostile, SymbolicLinkInPlaceOfTheFile) {
  ASSERT_EQ(symlink((folder_ / "secret").c_str(), (logs_ + "/log.3").c_str()), 0);
  ExpectRefused(PumpRefusal::not_regular, ELOOP, "log.3");
}

TEST_F(PumpHostile, SymbolicLinkToNothing) {
  ASSERT_EQ(symlink((folder_ / "made").c_str(), (logs_ + "/log.0").c_str()), 0);
  ExpectRefused(PumpRefusal::not_regular, ELOOP, "log.0");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "made"));
}

TEST_F(PumpHostile, SecondNameOfAnotherFile) {
  ASSERT_EQ(link((folder_ / "secret").c_str(), (logs_ + "/log.0").c_str()), 0);
  ExpectRefused(PumpRefusal::hard_link, EMLINK, "log.0");
}

TEST_F(PumpHostile, Fifo) {
  ASSERT_EQ(mkfifo((logs_ + "/log.0").c_str(), 0600), 0);
  ExpectRefused(PumpRefusal::not_regular, EINVAL, "log.0");
}

TEST_F(PumpHostile, Directory) {
  ASSERT_EQ(mkdir((logs_ + "/log.0").c_str(), 0700), 0);
  ExpectRefused(PumpRefusal::not_regular, EISDIR, "log.0");
}

TEST_F(PumpHostile, Socket) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (logs_ + "/log.0").c_str(), sizeof(address.sun_path) - 1);
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ExpectRefused(PumpRefusal::not_regular, EINVAL, "log.0");
}

TEST_F(PumpHostile, Device) {
  if (mknod((logs_ + "/log.0").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) {
    GTEST_SKIP() << "no device can be made here: " << std::strerror(errno);
  }
  ExpectRefused(PumpRefusal::not_regular, EINVAL, "log.0");
}

TEST_F(PumpHostile, LinkInPlaceOfTheDirectory) {
  std::filesystem::rename(logs_, folder_ / "elsewhere");
  ASSERT_EQ(symlink((folder_ / "elsewhere").c_str(), logs_.c_str()), 0);
  ExpectRefused(PumpRefusal::directory, ENOTDIR, "");
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "elsewhere"));
}

TEST_F(PumpHostile, NoDirectory) {
  std::filesystem::remove(logs_);
  ExpectRefused(PumpRefusal::directory, ENOENT, "");
}

TEST_F(PumpHostile, FileInPlaceOfTheDirectory) {
  std::filesystem::remove(logs_);
  std::ofstream(logs_) << "";
  ExpectRefused(PumpRefusal::directory, ENOTDIR, "");
}

TEST_F(PumpHostile, AnotherUsersFileIsLeftAlone) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  std::ofstream(logs_ + "/log.4") << "theirs\n";
  ASSERT_EQ(chown((logs_ + "/log.4").c_str(), 12'345, 12'345), 0);
  ASSERT_EQ(Add().error, 0);
  WriteAll(fifo_.writer.get(), "ours\n");
  pump_.End(1);
  EXPECT_EQ(ReadAll(logs_ + "/log.4"), "theirs\n");
  EXPECT_EQ(ReadAll(logs_ + "/log.5"), "ours\n");
}

TEST_F(PumpHostile, AFileThatAPumpCouldNotGiveAwayBeforeItDiedIsTakenUp) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  std::ofstream(logs_ + "/log.4") << "";
  wire::LogSpec spec = Spec();
  spec.uid = 12'345;
  ASSERT_EQ(pump_.Add(1, fifo_.Reader(), spec, logs_, "log").error, 0);
  struct stat info = {};
  ASSERT_EQ(stat((logs_ + "/log.4").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 12'345U);
}

// What is put where the next file would come does not stop the log, and is not touched.
TEST_F(PumpHostile, TakenNamesAreSkippedWhenFilesAreRotated) {
  ASSERT_EQ(pump_.Add(1, fifo_.Reader(), Spec(100), logs_, "log").error, 0);
  ASSERT_EQ(symlink((folder_ / "secret").c_str(), (logs_ + "/log.1").c_str()), 0);
  ASSERT_EQ(mkdir((logs_ + "/log.2").c_str(), 0700), 0);
  const std::string line = std::string(99, 'x') + "\n";
  WriteAll(fifo_.writer.get(), line + line + line);
  pump_.End(1);
  EXPECT_EQ(ReadAll(folder_ / "secret"), "secret\n");
  EXPECT_EQ(ReadAll(logs_ + "/log.0"), line);
  EXPECT_EQ(ReadAll(logs_ + "/log.3"), line);
  EXPECT_EQ(ReadAll(logs_ + "/log.4"), line);
}

TEST_F(PumpHostile, ADirectoryThatIsMovedAwayKeepsItsLog) {
  ASSERT_EQ(pump_.Add(1, fifo_.Reader(), Spec(100), logs_, "log").error, 0);
  std::filesystem::rename(logs_, folder_ / "moved");
  std::filesystem::create_directory(logs_);
  const std::string line = std::string(99, 'x') + "\n";
  WriteAll(fifo_.writer.get(), line + line);
  pump_.End(1);
  EXPECT_EQ(ReadAll(folder_ / "moved/log.1"), line);
  EXPECT_TRUE(std::filesystem::is_empty(logs_));
}

TEST_F(PumpHostile, ADirectoryThatIsGoneEndsALogThatIsFinishedAndCountsWhatIsMissing) {
  ASSERT_EQ(pump_.Add(1, fifo_.Reader(), Spec(100), logs_, "log").error, 0);
  std::filesystem::remove_all(logs_);
  WriteAll(fifo_.writer.get(), "nowhere to go\n");
  ASSERT_TRUE(Eventually([&] { return pump_.Ask(1).error == ENOENT; }));
  const wire::LogCounters counters = pump_.End(1);
  EXPECT_EQ(counters.error, ENOENT);
  EXPECT_EQ(counters.dropped_bytes, 14U);
  EXPECT_EQ(counters.bytes, 0U);
}

TEST_F(PumpHostile, WrongDescriptors) {
  const std::vector<std::function<UniqueFd()>> wrong = {
      [] { return UniqueFd(); },
      [&] { return UniqueFd(open((folder_ / "secret").c_str(), O_RDONLY | O_NONBLOCK)); },
      [&] { return UniqueFd(open(fifo_.path.c_str(), O_WRONLY | O_NONBLOCK)); },
      [&] { return UniqueFd(open(fifo_.path.c_str(), O_RDWR | O_NONBLOCK)); },
      [&] { return UniqueFd(open(fifo_.path.c_str(), O_RDONLY)); },
      [] { return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)); },
  };
  for (const auto& make : wrong) {
    const PumpMessage answer = pump_.Add(1, make(), Spec(), logs_, "log");
    EXPECT_EQ(answer.error, EBADF);
    EXPECT_EQ(answer.refusal, PumpRefusal::descriptor);
  }
  EXPECT_TRUE(std::filesystem::is_empty(logs_));
}

TEST_F(PumpHostile, LimitsAndNamesOutOfRange) {
  const auto with = [](const std::function<void(wire::LogSpec*)>& change) {
    wire::LogSpec spec = Spec();
    change(&spec);
    return spec;
  };
  const std::vector<wire::LogSpec> wrong = {
      with([](auto* spec) { spec->max_files = 0; }),
      with([](auto* spec) { spec->max_files = -3; }),
      with([](auto* spec) { spec->max_file_size = 0; }),
      with([](auto* spec) { spec->max_file_size = -1; }),
      with([](auto* spec) { spec->mode = 04640; }),
      with([](auto* spec) { spec->pump = 2; }),
      with([](auto* spec) { spec->when_full = -1; }),
  };
  for (const wire::LogSpec& spec : wrong) {
    const PumpMessage answer = pump_.Add(1, fifo_.Reader(), spec, logs_, "log");
    EXPECT_EQ(answer.error, EINVAL);
    EXPECT_EQ(answer.refusal, PumpRefusal::malformed);
  }
  for (const std::string& name :
       {std::string(), std::string("../log"), std::string("a/b"), std::string(201, 'n')}) {
    const PumpMessage answer = pump_.Add(1, fifo_.Reader(), Spec(), logs_, name);
    EXPECT_EQ(answer.refusal, PumpRefusal::malformed) << name;
  }
  EXPECT_EQ(pump_.Add(1, fifo_.Reader(), Spec(), logs_, std::string("a\0b", 3)).error, EBADMSG);
  EXPECT_TRUE(std::filesystem::is_empty(logs_));
}

TEST_F(PumpHostile, AStreamThatIsThereAlready) {
  ASSERT_EQ(Add().error, 0);
  EXPECT_EQ(Add().refusal, PumpRefusal::exists);
  WriteAll(fifo_.writer.get(), "once\n");
  pump_.End(1);
  EXPECT_EQ(ReadAll(logs_ + "/log.0"), "once\n");
}

TEST_F(PumpHostile, MessagesThatAreNone) {
  char buffer[256] = {};
  const auto send_bytes = [&](size_t size) {
    EXPECT_EQ(send(pump_.socket_fd(), buffer, size, 0), static_cast<ssize_t>(size));
  };
  send_bytes(1);
  send_bytes(16);  // a frame that says it has no size
  send_bytes(256);
  for (const PumpKind kind : {PumpKind::add, PumpKind::finish, PumpKind::remove, PumpKind::ask}) {
    wire::MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(kind), 1);
    send_bytes(writer.Finish());                            // nothing in it
    send_bytes(writer.Put(uint64_t{1}).Put('x').Finish());  // a byte too many
  }
  wire::MessageWriter unknown(buffer, sizeof(buffer), 999, 1);
  send_bytes(unknown.Put(uint64_t{1}).Finish());
  // The pump is there all the same, and answered what could be answered.
  EXPECT_EQ(pump_.Await(PumpKind::added, 0).error, EBADMSG);
  EXPECT_EQ(Add().error, 0);
}

TEST_F(PumpHostile, AKeeperThatDoesNotReadStopsNothingAndLosesNoAnswer) {
  ASSERT_EQ(Add().error, 0);
  constexpr int kAsked = 20'000;
  std::thread asking([&] {
    for (int i = 0; i < kAsked; ++i) pump_.Send(PumpKind::ask, 1, 9);
  });
  // Its answers fit in no buffer, and the log goes on.
  WriteAll(fifo_.writer.get(), "on and on\n");
  EXPECT_TRUE(Eventually([&] { return ReadAll(logs_ + "/log.0") == "on and on\n"; }));
  int answers = 0;
  while (answers < kAsked && pump_.Next()) ++answers;
  asking.join();
  EXPECT_EQ(answers, kAsked);
}

}  // namespace
}  // namespace raw_exec::test
