// A pump may be killed at any moment: what it writes is as if it had not been.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <random>
#include <thread>

#include "pump_client.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

using wire::PumpKind;

// A task that writes numbered lines of many lengths until it is told to stop.
class NumberedWriter {
 public:
  // `part`: how many bytes go into one write(2), so that lines lie across several.
  NumberedWriter(int fd, size_t part) : thread_([this, fd, part] { Run(fd, part); }) {}
  ~NumberedWriter() { Stop(); }
  NumberedWriter(const NumberedWriter&) = delete;
  NumberedWriter& operator=(const NumberedWriter&) = delete;

  int64_t Stop() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return count_;
  }
  int64_t count() const { return count_; }

  static std::string Line(int64_t number) {
    std::string line = std::to_string(number) + ":";
    line.append(static_cast<size_t>(number * 7919 % 293), static_cast<char>('a' + number % 26));
    return line + "\n";
  }

 private:
  void Run(int fd, size_t part) {
    constexpr size_t kBurst = 8192;
    std::string block;
    int64_t next = 0;
    size_t written = 0;
    while (!is_stopping_) {
      while (block.size() < part) block += Line(next++);
      WriteAll(fd, block.substr(0, part));
      block.erase(0, part);
      // Some megabytes a second: all of them are read again, under the sanitizers.
      written += part;
      if (written % kBurst < part) usleep(1000);
    }
    WriteAll(fd, block);
    count_ = next;
  }

  std::atomic<bool> is_stopping_{false};
  std::atomic<int64_t> count_{0};
  std::thread thread_;
};

// Whether these are the lines 0 to count - 1, each once and whole, in order; where not.
testing::AssertionResult AreAllLines(const std::string& text, int64_t count) {
  size_t at = 0;
  for (int64_t number = 0; number < count; ++number) {
    const std::string line = NumberedWriter::Line(number);
    if (text.compare(at, line.size(), line) != 0) {
      return testing::AssertionFailure()
             << "at byte " << at << " stands " << text.substr(at, 60) << " for line " << number;
    }
    at += line.size();
  }
  if (at == text.size()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << text.size() - at << " bytes too many";
}

std::unique_ptr<Pump> StartPump(const TemporaryFolder& folder) {
  return std::make_unique<Pump>(std::vector<std::string>{"--lock", folder / "pump.lock"});
}

TEST(PumpKill, LosesNothingDoublesNothingAndTearsNothing) {
  const int kills = Fewer(150, 50);
  const unsigned seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "logs");
  Fifo out(folder / "out");
  Fifo err(folder / "err");
  NumberedWriter out_writer(out.writer.get(), 1000);
  NumberedWriter err_writer(err.writer.get(), 130);
  const wire::LogSpec spec = Spec(20'000, 1'000'000);
  std::unique_ptr<Pump> pump;
  for (int kill = 0; kill <= kills; ++kill) {
    pump = StartPump(folder);
    pump->SendAdd(2, out.Reader(), spec, folder / "logs", "out");
    pump->SendAdd(3, err.Reader(), spec, folder / "logs", "err");
    // Some are killed before they have begun.
    if (kill == kills || random() % 4 != 0) {
      ASSERT_EQ(pump->Await(PumpKind::added, 2).error, 0);
      ASSERT_EQ(pump->Await(PumpKind::added, 3).error, 0);
    }
    if (kill == kills) break;
    // Anywhere in what it does. Not a wait for anything: any moment is as good as another.
    usleep(random() % 5000);
    pump->Kill();
  }
  out_writer.Stop();
  err_writer.Stop();
  pump->End(2);
  pump->End(3);
  EXPECT_TRUE(AreAllLines(ReadLogs(folder / "logs", "out"), out_writer.count())) << seed;
  EXPECT_TRUE(AreAllLines(ReadLogs(folder / "logs", "err"), err_writer.count())) << seed;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "logs")) {
    const std::string text = ReadAll(entry.path());
    EXPECT_TRUE(text.empty() || text.back() == '\n') << entry.path();
    ++files;
  }
  EXPECT_GT(files, 20U);  // or it was not about rotation
}

TEST(PumpKill, WaitsUntilTheOneBeforeIsGone) {
  TemporaryFolder folder;
  Fifo fifo(folder / "fifo");
  std::unique_ptr<Pump> first = StartPump(folder);
  ASSERT_EQ(first->Add(1, fifo.Reader(), Spec(), folder.path(), "log").error, 0);
  kill(first->pid(), SIGSTOP);
  std::unique_ptr<Pump> second = StartPump(folder);
  second->SendAdd(1, fifo.Reader(), Spec(), folder.path(), "log");
  // It waits for the lock: the kernel says so.
  const std::string path = "/proc/" + std::to_string(second->pid()) + "/wchan";
  const std::string stack = "/proc/" + std::to_string(second->pid()) + "/syscall";
  EXPECT_TRUE(Eventually([&] {
    return ReadAll(path).find("flock") != std::string::npos ||
           ReadAll(stack).rfind(std::to_string(SYS_flock) + " ", 0) == 0;
  }));
  WriteAll(fifo.writer.get(), "for the second\n");
  first->Kill();
  EXPECT_EQ(second->Await(PumpKind::added, 1).error, 0);
  EXPECT_EQ(second->End(1).bytes, 15U);
  EXPECT_EQ(ReadAll(folder / "log.0"), "for the second\n");
}

TEST(PumpKill, ByTheKeepersEndWritesWhatIsThereAndEnds) {
  TemporaryFolder folder;
  Fifo alive(folder / "alive");
  Fifo ended(folder / "ended");
  Pump pump;
  ASSERT_EQ(pump.Add(1, alive.Reader(), Spec(), folder.path(), "alive").error, 0);
  ASSERT_EQ(pump.Add(2, ended.Reader(), Spec(), folder.path(), "ended").error, 0);
  kill(pump.pid(), SIGSTOP);
  WriteAll(alive.writer.get(), "alive\n");
  WriteAll(ended.writer.get(), std::string(60'000, 'e') + "\n");
  ended.writer.Reset();
  pump.Close();
  kill(pump.pid(), SIGCONT);
  EXPECT_EQ(pump.WaitForEnd(), 0);
  EXPECT_EQ(ReadAll(folder / "alive.0"), "alive\n");
  EXPECT_EQ(ReadAll(folder / "ended.0").size(), 60'001U);
}

}  // namespace
}  // namespace raw_exec::test
