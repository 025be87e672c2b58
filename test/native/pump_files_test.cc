// What a pump makes of a stream: files of the right size, number, owner and content.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "pump_client.h"

namespace raw_exec::test {
namespace {

using wire::PumpKind;

std::string Lines(int first, int count, size_t size) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    std::string line = std::to_string(i) + " ";
    line.append(size - line.size() - 1, 'x');
    text += line + "\n";
  }
  return text;
}

class PumpFiles : public testing::TestWithParam<wire::LogPump> {
 protected:
  wire::LogSpec SpecOf(int64_t max_file_size, int max_files = 1000) const {
    wire::LogSpec spec = Spec(max_file_size, max_files);
    spec.pump = static_cast<int32_t>(GetParam());
    return spec;
  }
  // Runs `bytes` through a pump, written in parts of `part`.
  wire::LogCounters Write(const std::string& bytes, const wire::LogSpec& spec, size_t part = 4096) {
    Pump pump;
    Fifo fifo(folder_ / "fifo");
    EXPECT_EQ(pump.Add(1, fifo.Reader(), spec, folder_.path(), "log").error, 0);
    for (size_t i = 0; i < bytes.size(); i += part) {
      WriteAll(fifo.writer.get(), bytes.substr(i, part));
    }
    unlink(fifo.path.c_str());
    return pump.End(1);
  }
  std::string Read(int number) { return ReadAll(folder_ / ("log." + std::to_string(number))); }

  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Each, PumpFiles,
                         testing::Values(wire::LogPump::splice, wire::LogPump::copy),
                         [](const auto& info) {
                           return info.param == wire::LogPump::copy ? "copy" : "splice";
                         });

TEST_P(PumpFiles, GetEveryByteInOrder) {
  const std::string text = Lines(0, 20'000, 100);
  const wire::LogCounters counters = Write(text, SpecOf(int64_t{1} << 40), 1000);
  EXPECT_EQ(Read(0), text);
  EXPECT_EQ(counters.bytes, text.size());
  EXPECT_EQ(counters.rotations, 0U);
  EXPECT_EQ(counters.dropped_bytes, 0U);
  EXPECT_EQ(counters.has_ended, 1);
  EXPECT_EQ(counters.error, 0);
}

TEST_P(PumpFiles, EndWithTheLastLineThatFits) {
  // Written whole, so that the pump sees what comes behind the limit: 2.5 lines fit.
  const wire::LogCounters counters = Write(Lines(0, 10, 100), SpecOf(250), 1000);
  EXPECT_EQ(LogNumbers(folder_.path(), "log").size(), 5U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Read(i), Lines(2 * i, 2, 100));
  EXPECT_EQ(counters.rotations, 4U);
}

TEST_P(PumpFiles, EndAtLineEndsHoweverTheBytesCome) {
  for (const size_t part : {7, 100, 333, 4096, 65536}) {
    const std::string text = Lines(0, 3000, 100);
    Write(text, SpecOf(9'990), part);
    EXPECT_EQ(ReadLogs(folder_.path(), "log"), text);
    for (const uint64_t number : LogNumbers(folder_.path(), "log")) {
      const std::string one = Read(static_cast<int>(number));
      EXPECT_EQ(one.back(), '\n') << "file " << number << ", parts of " << part;
      EXPECT_LE(one.size(), 9'990U + 100U);
      EXPECT_EQ(std::filesystem::remove(folder_ / ("log." + std::to_string(number))), true);
    }
  }
}

TEST_P(PumpFiles, AreOfExactlyTheLimitWhenLinesAre) {
  Write(Lines(0, 100, 100), SpecOf(1000));
  EXPECT_EQ(LogNumbers(folder_.path(), "log").size(), 10U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Read(i).size(), 1000U);
}

TEST_P(PumpFiles, FinishALineThatHadBegunAndCutOneThatDoesNotEnd) {
  const std::string long_line(300'000, 'y');
  const std::string text = "short\n" + long_line + "\nlast\n";
  Write(text, SpecOf(1000), 65'536);
  EXPECT_EQ(ReadLogs(folder_.path(), "log"), text);
  EXPECT_EQ(Read(0), "short\n");  // the long line does not fit: it begins a file
  // Each piece of it is what a file holds at most: the limit, and what a line may run over.
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(Read(i).size(), 1000U + 65'536U);
  EXPECT_EQ(Read(5).back(), '\n');
}

TEST_P(PumpFiles, AreRemovedFromTheOldestOn) {
  Write(Lines(0, 100, 100), SpecOf(1000, 3));
  EXPECT_EQ(LogNumbers(folder_.path(), "log"), (std::vector<uint64_t>{7, 8, 9}));
  EXPECT_EQ(Read(9), Lines(90, 10, 100));
}

TEST_P(PumpFiles, AreOneWhenOneIsAllowed) {
  Write(Lines(0, 95, 100), SpecOf(1000, 1));
  EXPECT_EQ(LogNumbers(folder_.path(), "log"), (std::vector<uint64_t>{9}));
  EXPECT_EQ(Read(9), Lines(90, 5, 100));
}

TEST_P(PumpFiles, GoOnWhereTheyEnded) {
  std::ofstream(folder_ / "log.7") << Lines(0, 5, 100);
  std::ofstream(folder_ / "log.3") << "older\n";
  std::ofstream(folder_ / "log.07") << "not of ours";
  std::ofstream(folder_ / "log.9x") << "not of ours";
  std::ofstream(folder_ / "other.12") << "not of ours";
  Write(Lines(5, 10, 100), SpecOf(1000, 2));
  EXPECT_EQ(Read(7), Lines(0, 10, 100));
  EXPECT_EQ(Read(8), Lines(10, 5, 100));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "log.3"));
  EXPECT_EQ(ReadAll(folder_ / "log.07"), "not of ours");
  EXPECT_EQ(ReadAll(folder_ / "log.9x"), "not of ours");
  EXPECT_EQ(ReadAll(folder_ / "other.12"), "not of ours");
}

// By which a reader knows how much went by while it did not look.
TEST_P(PumpFiles, TellHowMuchOfTheStreamStandsBeforeThem) {
  const auto start_of = [&](int number) {
    char text[32] = {};
    const std::string file = folder_ / ("log." + std::to_string(number));
    const ssize_t size = getxattr(file.c_str(), "user.raw-exec.start", text, sizeof(text));
    return size < 0 ? std::string(std::strerror(errno)) : std::string(text);
  };
  Write(Lines(0, 25, 100), SpecOf(1000, 2));
  if (start_of(1) == std::strerror(ENOTSUP)) GTEST_SKIP() << "no attributes in this file system";
  EXPECT_EQ(start_of(1), "1000");
  EXPECT_EQ(start_of(2), "2000");
  // A pump that is killed before it tells leaves it to the next one.
  std::ofstream(folder_ / "log.3") << "";
  Write(Lines(25, 15, 100), SpecOf(1000, 3));
  EXPECT_EQ(start_of(3), "2500");
  EXPECT_EQ(start_of(4), "3500");
}

TEST_P(PumpFiles, HaveTheModeAndTheOwnerThatWereAskedFor) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  wire::LogSpec spec = SpecOf(1000);
  spec.mode = 0604;
  spec.uid = 12'345;
  spec.gid = 54'321;
  Write(Lines(0, 20, 100), spec);
  for (int i = 0; i < 2; ++i) {
    struct stat info = {};
    ASSERT_EQ(stat((folder_ / ("log." + std::to_string(i))).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0604U);
    EXPECT_EQ(info.st_uid, 12'345U);
    EXPECT_EQ(info.st_gid, 54'321U);
  }
}

TEST_P(PumpFiles, GrowOnBehindWhatOthersCutOrAppended) {
  Pump pump;
  Fifo fifo(folder_ / "fifo");
  ASSERT_EQ(pump.Add(1, fifo.Reader(), SpecOf(1'000'000), folder_.path(), "log").error, 0);
  const auto write_and_wait = [&](const std::string& bytes, uint64_t total) {
    WriteAll(fifo.writer.get(), bytes);
    return Eventually([&] { return pump.Ask(1).bytes == total; });
  };
  ASSERT_TRUE(write_and_wait("0123456789\n", 11));
  ASSERT_EQ(truncate((folder_ / "log.0").c_str(), 4), 0);
  ASSERT_TRUE(write_and_wait("behind\n", 18));
  EXPECT_EQ(Read(0), "0123behind\n");
  EXPECT_EQ(pump.Ask(1).truncations, 1U);
  std::ofstream(folder_ / "log.0", std::ios::app) << "a stranger's\n";
  ASSERT_TRUE(write_and_wait("again\n", 24));
  EXPECT_EQ(Read(0), "0123behind\na stranger's\nagain\n");
  EXPECT_EQ(pump.Ask(1).truncations, 1U);
}

TEST_P(PumpFiles, AreFollowedByNewOnesWhenTheyAreDeleted) {
  Pump pump;
  Fifo fifo(folder_ / "fifo");
  ASSERT_EQ(pump.Add(1, fifo.Reader(), SpecOf(1'000'000), folder_.path(), "log").error, 0);
  WriteAll(fifo.writer.get(), "first\n");
  ASSERT_TRUE(Eventually([&] { return Read(0) == "first\n"; }));
  ASSERT_EQ(unlink((folder_ / "log.0").c_str()), 0);
  WriteAll(fifo.writer.get(), "second\n");
  ASSERT_TRUE(Eventually([&] { return Read(1) == "second\n"; }));
  EXPECT_EQ(pump.End(1).bytes, 13U);
}

TEST_P(PumpFiles, OfManyStreamsAtOnceAreNotMixed) {
  constexpr int kStreams = 20;
  Pump pump;
  std::vector<std::unique_ptr<Fifo>> fifos;
  for (int i = 0; i < kStreams; ++i) {
    const std::string name = "s" + std::to_string(i);
    fifos.push_back(std::make_unique<Fifo>(folder_ / ("fifo" + std::to_string(i))));
    const uint64_t number = static_cast<uint64_t>(i);
    ASSERT_EQ(pump.Add(number, fifos.back()->Reader(), SpecOf(2000), folder_.path(), name).error,
              0);
  }
  for (int line = 0; line < 200; ++line) {
    for (int i = 0; i < kStreams; ++i) {
      WriteAll(fifos[static_cast<size_t>(i)]->writer.get(), Lines(i * 1000 + line, 1, 100));
    }
  }
  for (int i = 0; i < kStreams; ++i) {
    EXPECT_EQ(pump.End(static_cast<uint64_t>(i)).bytes, 20'000U);
    EXPECT_EQ(ReadLogs(folder_.path(), "s" + std::to_string(i)), Lines(i * 1000, 200, 100));
  }
}

TEST_P(PumpFiles, AreCompleteWhenTheLastWriterGoes) {
  Pump pump;
  Fifo fifo(folder_ / "fifo");
  ASSERT_EQ(pump.Add(1, fifo.Reader(), SpecOf(1'000'000), folder_.path(), "log").error, 0);
  WriteAll(fifo.writer.get(), "to the end");
  fifo.writer.Reset();
  const wire::LogCounters counters = pump.Await(PumpKind::ended, 1).counters;
  EXPECT_EQ(counters.bytes, 10U);
  EXPECT_EQ(Read(0), "to the end");
  EXPECT_EQ(pump.Ask(1).error, ENOENT);
}

}  // namespace
}  // namespace raw_exec::test
