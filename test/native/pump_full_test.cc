// Disks that take no more, and disks that do not answer.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "pump_client.h"
#include "small_file_system.h"

namespace raw_exec::test {
namespace {

using wire::PumpKind;

std::string Lines(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    const std::string number = std::to_string(i);
    text += number + std::string(99 - number.size(), '.') + "\n";
  }
  return text;
}

class PumpFull : public testing::Test {
 protected:
  static constexpr size_t kSize = size_t{4} * 1024 * 1024;
  PumpFull() : disk_(folder_ / "disk", kSize), fifo_(folder_ / "fifo") {}
  void SetUp() override {
    if (!disk_.problem().empty()) GTEST_SKIP() << disk_.problem();
  }
  std::string Disk() const { return folder_ / "disk"; }
  void FillBut(size_t bytes) {
    std::ofstream(Disk() + "/ballast") << std::string(kSize - bytes, 'b');
  }
  void RemoveBallast() { ASSERT_EQ(unlink((Disk() + "/ballast").c_str()), 0); }
  // Until the file system refuses the pump.
  bool IsRefused(Pump* pump) {
    return Eventually([&] { return pump->Ask(1).error == ENOSPC; });
  }

  TemporaryFolder folder_;
  SmallFileSystem disk_;
  Fifo fifo_;
};

TEST_F(PumpFull, MakesTheTaskWaitAndGoesOnWhenThereIsRoom) {
  FillBut(size_t{128} * 1024);
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo_.Reader(), Spec(), Disk(), "log").error, 0);
  const std::string text = Lines(0, 30'000);  // more than the rest of the disk and a FIFO hold
  std::atomic<bool> is_written{false};
  std::thread task([&] {
    WriteAll(fifo_.writer.get(), text);
    is_written = true;
  });
  EXPECT_TRUE(IsRefused(&pump));
  EXPECT_FALSE(is_written);
  RemoveBallast();
  task.join();
  const wire::LogCounters counters = pump.End(1);
  EXPECT_EQ(ReadAll(Disk() + "/log.0"), text);
  EXPECT_EQ(counters.bytes, text.size());
  EXPECT_EQ(counters.dropped_bytes, 0U);
  EXPECT_GT(counters.blocked_ns, 0U);
  EXPECT_EQ(counters.error, 0);
}

TEST_F(PumpFull, ResumesAfterAKillWhileItWasRefused) {
  FillBut(size_t{128} * 1024);
  const std::string text = Lines(0, 1500);
  {
    Pump pump;
    ASSERT_EQ(pump.Add(1, fifo_.Reader(), Spec(), Disk(), "log").error, 0);
    std::thread task([&] { WriteAll(fifo_.writer.get(), text); });
    EXPECT_TRUE(IsRefused(&pump));
    task.join();  // the rest fits into the FIFO
  }
  RemoveBallast();
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo_.Reader(), Spec(), Disk(), "log").error, 0);
  pump.End(1);
  EXPECT_EQ(ReadAll(Disk() + "/log.0"), text);
}

TEST_F(PumpFull, FinishesAStreamOnlyWhenTheRestIsWritten) {
  FillBut(0);
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo_.Reader(), Spec(), Disk(), "log").error, 0);
  WriteAll(fifo_.writer.get(), Lines(0, 100));
  EXPECT_TRUE(IsRefused(&pump));
  pump.Send(PumpKind::finish, 1);
  EXPECT_EQ(pump.Ask(1).has_ended, 0);
  RemoveBallast();
  EXPECT_EQ(pump.Await(PumpKind::ended, 1).counters.bytes, 10'000U);
  EXPECT_EQ(ReadAll(Disk() + "/log.0"), Lines(0, 100));
}

TEST_F(PumpFull, RemovesAStreamAtOnceAndCountsWhatIsLost) {
  FillBut(0);
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo_.Reader(), Spec(), Disk(), "log").error, 0);
  WriteAll(fifo_.writer.get(), Lines(0, 100));
  EXPECT_TRUE(IsRefused(&pump));
  const wire::LogCounters counters = pump.End(1, PumpKind::remove);
  EXPECT_EQ(counters.dropped_bytes, 10'000U);
  EXPECT_EQ(counters.error, ENOSPC);
}

TEST_F(PumpFull, StaysWithoutItsKeeperForWhatNobodyElseHolds) {
  FillBut(0);
  Fifo other(folder_ / "other");
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo_.Reader(), Spec(), Disk(), "log").error, 0);
  ASSERT_EQ(pump.Add(2, other.Reader(), Spec(), Disk(), "other").error, 0);
  WriteAll(fifo_.writer.get(), Lines(0, 100));
  WriteAll(other.writer.get(), Lines(0, 100));
  EXPECT_TRUE(IsRefused(&pump));
  fifo_.writer.Reset();
  ASSERT_TRUE(pump.Holds(other.path));
  pump.Close();
  // The other FIFO is let go of: its task holds it, and the next keeper's pump goes on with it.
  EXPECT_TRUE(Eventually([&] { return !pump.Holds(other.path); }));
  EXPECT_TRUE(pump.Holds(fifo_.path));
  RemoveBallast();
  EXPECT_EQ(pump.WaitForEnd(), 0);
  EXPECT_EQ(ReadAll(Disk() + "/log.0"), Lines(0, 100));
}

TEST(PumpFullOfFiles, WaitsWithTheNextFileUntilThereMayBeOne) {
  TemporaryFolder folder;
  SmallFileSystem disk(folder / "disk", size_t{4} * 1024 * 1024, 2);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  std::ofstream(folder / "disk/ballast") << "";
  Fifo fifo(folder / "fifo");
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo.Reader(), Spec(10'000), folder / "disk", "log").error, 0);
  WriteAll(fifo.writer.get(), Lines(0, 150));
  EXPECT_TRUE(Eventually([&] { return pump.Ask(1).error == ENOSPC; }));
  EXPECT_EQ(ReadAll(folder / "disk/log.0"), Lines(0, 100));
  ASSERT_EQ(unlink((folder / "disk/ballast").c_str()), 0);
  EXPECT_EQ(pump.End(1).bytes, 15'000U);
  EXPECT_EQ(ReadAll(folder / "disk/log.1"), Lines(100, 50));
}

class PumpDrop : public PumpFull, public testing::WithParamInterface<wire::LogPump> {
 protected:
  static wire::LogSpec DropSpec() {
    wire::LogSpec spec = Spec();
    spec.when_full = static_cast<int32_t>(wire::LogFull::drop);
    spec.pump = static_cast<int32_t>(GetParam());
    return spec;
  }
};

INSTANTIATE_TEST_SUITE_P(Each, PumpDrop,
                         testing::Values(wire::LogPump::splice, wire::LogPump::copy),
                         [](const auto& info) {
                           return info.param == wire::LogPump::copy ? "copy" : "splice";
                         });

// What stands in the log, taken apart.
struct Marked {
  std::vector<std::string> lines;  // those of the task that are whole
  uint64_t marked = 0;             // bytes that the marks tell of
  int marks = 0;
  int torn = 0;
};

Marked TakeApart(const std::string& text) {
  Marked result;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    unsigned long long bytes = 0;
    if (std::sscanf(line.c_str(), "raw-exec: %llu bytes of output dropped: no space left",
                    &bytes) == 1) {
      result.marked += bytes;
      ++result.marks;
    } else if (line.size() == 99) {
      result.lines.push_back(line);
    } else {
      ++result.torn;
    }
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return result;
}

TEST_P(PumpDrop, LetsTheTaskRunAndSaysHowMuchIsMissing) {
  FillBut(size_t{128} * 1024);
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo_.Reader(), DropSpec(), Disk(), "log").error, 0);
  // In parts that end within lines; it gets through although the disk takes no more.
  const std::string text = Lines(0, 10'000);
  for (size_t i = 0; i < text.size(); i += 4093) WriteAll(fifo_.writer.get(), text.substr(i, 4093));
  EXPECT_TRUE(IsRefused(&pump));
  EXPECT_TRUE(Eventually([&] {
    const wire::LogCounters counters = pump.Ask(1);
    return counters.bytes + counters.dropped_bytes == text.size();
  }));
  RemoveBallast();
  // The mark comes although the task says no more.
  EXPECT_TRUE(Eventually([&] { return pump.Ask(1).error == 0; }));
  WriteAll(fifo_.writer.get(), Lines(10'000, 50));
  const wire::LogCounters counters = pump.End(1);
  const std::string log = ReadAll(Disk() + "/log.0");
  const Marked marked = TakeApart(log);
  EXPECT_EQ(marked.marks, 1);
  EXPECT_EQ(marked.marked, counters.dropped_bytes);
  EXPECT_GT(counters.dropped_bytes, 0U);
  EXPECT_EQ(counters.bytes + counters.dropped_bytes, text.size() + 5000);
  EXPECT_LE(marked.torn, 1);  // where the disk refused, within a line
  ASSERT_GE(marked.lines.size(), 50U);
  // What follows the mark is whole lines.
  EXPECT_EQ(log.substr(log.size() - 5000), Lines(10'000, 50));
  EXPECT_EQ(counters.blocked_ns, 0U);
}

TEST_P(PumpDrop, TakesTheRestOfALineWithItsBeginning) {
  FillBut(0);
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo_.Reader(), DropSpec(), Disk(), "log").error, 0);
  WriteAll(fifo_.writer.get(), "the beginning of a li");
  EXPECT_TRUE(Eventually([&] { return pump.Ask(1).dropped_bytes == 21; }));
  RemoveBallast();
  // How many lines are dropped until it tries again is a matter of time.
  const std::string end_of_line = "ne\n";
  const std::string whole = "whole\n";
  WriteAll(fifo_.writer.get(), end_of_line);
  EXPECT_TRUE(Eventually([&] {
    WriteAll(fifo_.writer.get(), whole);
    return pump.Ask(1).bytes > 0;
  }));
  const wire::LogCounters counters = pump.End(1);
  const uint64_t dropped_lines = (counters.dropped_bytes - 24) / whole.size();
  EXPECT_EQ(counters.dropped_bytes, 24 + dropped_lines * whole.size());
  std::string expected = "raw-exec: " + std::to_string(counters.dropped_bytes) +
                         " bytes of output dropped: no space left\n";
  for (uint64_t i = 0; i < counters.bytes; i += whole.size()) expected += whole;
  EXPECT_EQ(ReadAll(Disk() + "/log.0"), expected);
}

TEST_P(PumpDrop, EndsOnADiskThatStaysFull) {
  FillBut(0);
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo_.Reader(), DropSpec(), Disk(), "log").error, 0);
  WriteAll(fifo_.writer.get(), Lines(0, 100));
  const wire::LogCounters counters = pump.End(1);
  EXPECT_EQ(counters.dropped_bytes, 10'000U);
  EXPECT_EQ(counters.error, ENOSPC);
  EXPECT_EQ(ReadAll(Disk() + "/log.0"), "");
}

class PumpStalled : public testing::Test {
 protected:
  PumpStalled() : disk_(folder_ / "disk"), fifo_(folder_ / "fifo") {}
  void SetUp() override {
    if (!disk_.problem().empty()) GTEST_SKIP() << disk_.problem();
  }
  // Whether a process or thread sleeps where no signal reaches it.
  static bool IsStuck(const std::string& stat_file) {
    const std::string text = ReadAll(stat_file);
    const size_t state = text.rfind(") ");
    return state != std::string::npos && text[state + 2] == 'D';
  }
  static bool IsStuck(const Pump& pump) {
    return IsStuck("/proc/" + std::to_string(pump.pid()) + "/stat");
  }
  std::vector<std::string> Lock() const { return {"--lock", folder_ / "lock"}; }

  TemporaryFolder folder_;
  FreezableFileSystem disk_;
  Fifo fifo_;
};

TEST_F(PumpStalled, StopsNoPumpOfAnotherFileSystem) {
  Fifo other(folder_ / "other");
  Pump stalled;
  Pump free;
  ASSERT_EQ(stalled.Add(1, fifo_.Reader(), Spec(), folder_ / "disk", "log").error, 0);
  ASSERT_EQ(free.Add(2, other.Reader(), Spec(), folder_.path(), "log").error, 0);
  ASSERT_TRUE(disk_.Freeze());
  WriteAll(fifo_.writer.get(), "later\n");
  EXPECT_TRUE(Eventually([&] { return IsStuck(stalled); }));
  WriteAll(other.writer.get(), "now\n");
  EXPECT_TRUE(Eventually([&] { return free.Ask(2).bytes == 4; }));
  ASSERT_TRUE(disk_.Thaw());
  EXPECT_EQ(stalled.End(1).bytes, 6U);
  EXPECT_EQ(ReadAll(folder_ / "disk/log.0"), "later\n");
}

// The reason why a pump waits for the lock: the one before writes on after its death.
TEST_F(PumpStalled, AKilledPumpIsFollowedWithoutLossAndWithoutDoubling) {
  auto killed = std::make_unique<Pump>(Lock());
  ASSERT_EQ(killed->Add(1, fifo_.Reader(), Spec(), folder_ / "disk", "log").error, 0);
  ASSERT_TRUE(disk_.Freeze());
  WriteAll(fifo_.writer.get(), Lines(0, 300));
  EXPECT_TRUE(Eventually([&] { return IsStuck(*killed); }));
  kill(killed->pid(), SIGKILL);
  Pump next(Lock());
  next.SendAdd(1, fifo_.Reader(), Spec(), folder_ / "disk", "log");
  ASSERT_TRUE(disk_.Thaw());
  EXPECT_EQ(next.Await(PumpKind::added, 1).error, 0);
  WriteAll(fifo_.writer.get(), Lines(300, 300));
  next.End(1);
  EXPECT_EQ(ReadAll(folder_ / "disk/log.0"), Lines(0, 600));
}

TEST_F(PumpStalled, LetsItsTasksRunOnUntilTheirFifosAreFull) {
  Fifo other(folder_ / "other");
  wire::LogSpec copy = Spec();
  copy.pump = static_cast<int32_t>(wire::LogPump::copy);
  Pump splicing;
  Pump copying;
  ASSERT_EQ(splicing.Add(1, fifo_.Reader(), Spec(), folder_ / "disk", "splice").error, 0);
  ASSERT_EQ(copying.Add(2, other.Reader(), copy, folder_ / "disk", "copy").error, 0);
  ASSERT_TRUE(disk_.Freeze());
  WriteAll(fifo_.writer.get(), "one\n");
  WriteAll(other.writer.get(), "one\n");
  EXPECT_TRUE(Eventually([&] { return IsStuck(splicing) && IsStuck(copying); }));
  for (int i = 0; i < 50; ++i) {
    WriteAll(fifo_.writer.get(), Lines(i, 10));
    WriteAll(other.writer.get(), Lines(i, 10));
  }
  EXPECT_TRUE(disk_.Thaw());
  EXPECT_EQ(splicing.End(1).bytes, 50'004U);
  EXPECT_EQ(copying.End(2).bytes, 50'004U);
}

}  // namespace
}  // namespace raw_exec::test
