// A state directory that takes no records.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "holder_process.h"

namespace raw_exec::test {
namespace {

using wire::HolderKind;

// A tmpfs of a few pages on a directory of the test's own.
class SmallFileSystem {
 public:
  SmallFileSystem() {
    is_mounted_ = mount("raw-exec-test", path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
                        "size=64k,mode=0700") == 0;
  }
  ~SmallFileSystem() {
    if (is_mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  bool is_mounted() const { return is_mounted_; }
  const std::string& path() const { return directory_.path(); }

  void Fill() {
    UniqueFd file(open((path() + "/filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::vector<char> page(4096, 'x');
    while (write(file.get(), page.data(), page.size()) > 0) continue;
    EXPECT_EQ(errno, ENOSPC);
  }
  void Empty() { EXPECT_EQ(unlink((path() + "/filler").c_str()), 0); }
  void SetReadOnly(bool is_read_only) {
    EXPECT_EQ(mount(nullptr, path().c_str(), nullptr,
                    MS_REMOUNT | MS_NOSUID | MS_NODEV |
                        (is_read_only ? static_cast<unsigned long>(MS_RDONLY) : 0UL),
                    nullptr),
              0);
  }

 private:
  TestDirectory directory_;
  bool is_mounted_ = false;
};

class HolderDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.is_mounted()) GTEST_SKIP() << "a tmpfs cannot be mounted here";
  }
  HolderProcess::Options OnDisk() {
    HolderProcess::Options options;
    options.state = disk_.path() + "/state";
    return options;
  }
  SmallFileSystem disk_;
};

class Shell : public TestPlan {
 public:
  explicit Shell(const std::string& script) : TestPlan({"/bin/sh", "-c", script}) {
    stdio = {File("/dev/null", O_RDONLY), File("/dev/null", O_WRONLY), File("/dev/null", O_WRONLY)};
    env = {"PATH=/usr/bin:/bin"};
  }
};

TEST_F(HolderDisk, RunsNoTaskWhoseRecordCannotBeWritten) {
  HolderProcess holder(OnDisk());
  // It writes files of its own until it serves.
  TaskOrder earlier;
  earlier.serial = 7;
  Shell nothing("exit 0");
  holder.MustStart(&nothing, earlier);
  EXPECT_EQ(holder.link().AwaitExit(7).exit.code, 0);
  const std::string proof = disk_.path() + "/state/proof";
  ASSERT_EQ(mknod(proof.c_str(), S_IFIFO | 0600, 0), 0);
  const UniqueFd reader(open(proof.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  disk_.Fill();
  Shell plan("echo ran > " + proof);
  const HolderMessage answer = holder.Start(&plan, TaskOrder{});
  ASSERT_EQ(answer.kind, HolderKind::failed);
  EXPECT_EQ(answer.As<wire::Failed>().error, ENOSPC);
  EXPECT_EQ(answer.As<wire::Failed>().reason, static_cast<int32_t>(wire::Reason::record));
  EXPECT_FALSE(holder.HasFiles(1));
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
  char byte = 0;
  EXPECT_EQ(read(reader.get(), &byte, 1), 0) << "nobody has written";

  disk_.Empty();
  EXPECT_EQ(holder.Start(&plan, TaskOrder{}).kind, HolderKind::started);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.code, 0);
}

TEST_F(HolderDisk, IsHandedATreesProcessByAReaperThatCannotWrite) {
  HolderProcess holder(OnDisk());
  TaskOrder order;
  order.is_tree = true;
  Shell plan("sleep 1000 & exec sleep 1000");
  const wire::Started started = holder.MustStart(&plan, order);
  ASSERT_TRUE(WaitFor([&] { return ChildrenOf(started.pid).size() == 1; }));
  const pid_t child = ChildrenOf(started.pid)[0];
  disk_.Fill();
  kill(started.pid, SIGTERM);
  // As long as others live below it the reaper waits for room.
  ASSERT_TRUE(WaitFor([&] { return StateOf(started.pid) == 'Z'; }));
  ASSERT_TRUE(WaitFor([&] { return ChildrenOf(started.reaper_pid).size() == 2; }));
  kill(child, SIGKILL);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.signal, SIGTERM);
  EXPECT_TRUE(WaitFor([&] { return StateOf(started.reaper_pid) == 0; }));
  disk_.Empty();
  ExitRecord record;
  ASSERT_TRUE(WaitFor([&] { return ReadExit(holder.tasks_fd(), 1, &record) == 0; }));
  EXPECT_EQ(record.facts.signal, SIGTERM);
}

TEST_F(HolderDisk, KeepsTheProcessUntilItsExitCouldBeWritten) {
  HolderProcess holder(OnDisk());
  Shell first("exec sleep 1000");
  const wire::Started one = holder.MustStart(&first, TaskOrder{});
  TaskOrder order;
  order.serial = 2;
  Shell second("(exec sleep 1000) & exec sleep 1000");
  const wire::Started two = holder.MustStart(&second, order);
  ASSERT_TRUE(WaitFor([&] { return ChildrenOf(two.pid).size() == 1; }));
  const pid_t orphan = ChildrenOf(two.pid)[0];
  disk_.SetReadOnly(true);

  // Told at once all the same; not reaped, so that a death of the holder loses nothing.
  holder.Signal(1, SIGTERM);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.signal, SIGTERM);
  EXPECT_EQ(StateOf(one.pid), 'Z');
  // It does not hide what ends after it: other tasks, and what they leave.
  holder.Signal(2, SIGINT);
  EXPECT_EQ(holder.link().AwaitExit(2).exit.signal, SIGINT);
  EXPECT_EQ(StateOf(two.pid), 'Z');
  ASSERT_EQ(kill(orphan, SIGKILL), 0);
  EXPECT_TRUE(WaitFor([&] { return StateOf(orphan) == '\0'; }));
  ExitRecord record;
  EXPECT_EQ(ReadExit(holder.tasks_fd(), 1, &record), ENOENT);

  // The next keeper could not learn of it from the directory: it is told again.
  HolderLink next = holder.Connect();
  next.SendAttach(1);
  next.Await(HolderKind::held_all, 1);
  EXPECT_EQ(next.AwaitExit(1).exit.signal, SIGTERM);
  EXPECT_EQ(next.AwaitExit(2).exit.signal, SIGINT);

  disk_.SetReadOnly(false);
  ASSERT_TRUE(WaitFor([&] { return ReadExit(holder.tasks_fd(), 1, &record) == 0; }));
  EXPECT_EQ(record.facts.signal, SIGTERM);
  ASSERT_TRUE(WaitFor([&] { return ReadExit(holder.tasks_fd(), 2, &record) == 0; }));
  EXPECT_EQ(record.facts.signal, SIGINT);
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

TEST_F(HolderDisk, LetsAnUnwrittenExitBeForgotten) {
  HolderProcess holder(OnDisk());
  Shell plan("exec sleep 1000");
  const wire::Started started = holder.MustStart(&plan, TaskOrder{});
  disk_.Fill();
  holder.Signal(1, SIGKILL);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.signal, SIGKILL);
  holder.link().Send(HolderKind::forget, 5, wire::HolderForget{1});
  EXPECT_EQ(holder.link().AwaitAnswer(5).kind, HolderKind::done);
  EXPECT_TRUE(WaitFor([&] { return StateOf(started.pid) == '\0'; }));
  EXPECT_FALSE(holder.HasFiles(1));
}

}  // namespace
}  // namespace raw_exec::test
