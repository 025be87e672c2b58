// What a pump does not do: wake up for nothing, wake up for every line, take all pipe memory.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "pump_client.h"

namespace raw_exec::test {
namespace {

// How often the process has gone to sleep.
uint64_t Sleeps(const Pump& pump) {
  std::ifstream status("/proc/" + std::to_string(pump.pid()) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind("voluntary_ctxt_switches:", 0) == 0) return std::stoull(line.substr(24));
  }
  ADD_FAILURE() << "the pump is gone";
  return 0;
}

TEST(PumpQuiet, SleepsWhileNothingComes) {
  TemporaryFolder folder;
  Fifo busy(folder / "busy");
  Fifo fifo(folder / "fifo");
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo.Reader(), Spec(), folder.path(), "log").error, 0);
  WriteAll(fifo.writer.get(), "some\n");
  ASSERT_TRUE(Eventually([&] { return pump.Ask(1).bytes == 5; }));
  // After the answer it goes to sleep once; then never again, however long we look.
  uint64_t before = 0;
  ASSERT_TRUE(Eventually([&] {
    const uint64_t now = Sleeps(pump);
    const bool is_same = now == before;
    before = now;
    poll(nullptr, 0, 20);
    return is_same;
  }));
  poll(nullptr, 0, 1000);
  EXPECT_EQ(Sleeps(pump), before);
}

TEST(PumpQuiet, WakesUpForManyShortLinesAtOnce) {
  TemporaryFolder folder;
  Fifo fifo(folder / "fifo");
  Pump pump;
  ASSERT_EQ(pump.Add(1, fifo.Reader(), Spec(), folder.path(), "log").error, 0);
  const uint64_t before = Sleeps(pump);
  constexpr int kLines = 100'000;
  for (int i = 0; i < kLines; ++i) WriteAll(fifo.writer.get(), "a short line\n");
  EXPECT_EQ(pump.End(1).bytes, kLines * 13U);
  EXPECT_LT(Sleeps(pump) - before, kLines / 20U);
}

TEST(PumpQuiet, MakesAPipeLargerOnlyWhenItWasFull) {
  TemporaryFolder folder;
  Fifo calm(folder / "calm");
  Fifo busy(folder / "busy");
  Pump pump;
  ASSERT_EQ(pump.Add(1, calm.Reader(), Spec(), folder.path(), "calm").error, 0);
  ASSERT_EQ(pump.Add(2, busy.Reader(), Spec(), folder.path(), "busy").error, 0);
  const int usual = fcntl(calm.writer.get(), F_GETPIPE_SZ);
  for (int i = 0; i < 100; ++i) WriteAll(calm.writer.get(), "a short line\n");
  const std::string much(size_t{1024} * 1024, 'x');
  for (int i = 0; i < 16; ++i) WriteAll(busy.writer.get(), much);
  pump.End(1);
  pump.End(2);
  EXPECT_EQ(fcntl(calm.writer.get(), F_GETPIPE_SZ), usual);
  EXPECT_EQ(fcntl(busy.writer.get(), F_GETPIPE_SZ), 1024 * 1024);
}

TEST(PumpQuiet, TakesAtMostHalfOfTheUsersPipeMemory) {
  long pages = 0;
  std::ifstream("/proc/sys/fs/pipe-user-pages-soft") >> pages;
  const long budget = pages * sysconf(_SC_PAGESIZE) / 2;
  constexpr long kLargest = 1024L * 1024;
  if (pages == 0 || budget / kLargest > 200) GTEST_SKIP() << "no usual limit of pipe memory";
  TemporaryFolder folder;
  Pump pump;
  std::vector<std::unique_ptr<Fifo>> fifos;
  const std::string much(size_t{256} * 1024, 'x');
  long taken = 0;
  const uint64_t count = static_cast<uint64_t>(budget / kLargest) + 8;
  for (uint64_t i = 0; i < count; ++i) {
    fifos.push_back(std::make_unique<Fifo>(folder / ("fifo" + std::to_string(i))));
    const int fd = fifos.back()->writer.get();
    const long usual = fcntl(fd, F_GETPIPE_SZ);
    ASSERT_EQ(pump.Add(i, fifos.back()->Reader(), Spec(), folder.path(), std::to_string(i)).error,
              0);
    for (int k = 0; k < 8; ++k) WriteAll(fd, much);
    ASSERT_TRUE(Eventually([&] { return pump.Ask(i).bytes == 8 * much.size(); }));
    taken += fcntl(fd, F_GETPIPE_SZ) - usual;
  }
  EXPECT_LE(taken, budget);
  EXPECT_GT(taken, budget / 2);
  // What a stream had goes back with it.
  for (uint64_t i = 0; i + 1 < count; ++i) pump.End(i);
  const int last = fifos.back()->writer.get();
  for (int k = 0; k < 8; ++k) WriteAll(last, much);
  pump.End(count - 1);
  EXPECT_EQ(fcntl(last, F_GETPIPE_SZ), kLargest);
}

}  // namespace
}  // namespace raw_exec::test
