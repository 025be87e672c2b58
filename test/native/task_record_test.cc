// The records of tasks: written, read, and found to be unusable.
#include "../../native/core/records/task_record.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "holder_process.h"

namespace raw_exec::test {
namespace {

class TaskRecord : public testing::Test {
 protected:
  void SetUp() override {
    tasks_.Reset(open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_GE(tasks_.get(), 0);
  }
  int fd() const { return tasks_.get(); }
  std::string PathOf(uint64_t serial, const char* name) const {
    return directory_.path() + "/" + TaskPath(serial, name).get();
  }
  std::string Contents(const std::string& path) const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Put(const std::string& path, const std::string& bytes) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  TestDirectory directory_;
  UniqueFd tasks_;
};

StartRecord FullRecord() {
  StartRecord record;
  record.serial = 0x1234;
  record.boot_id[0] = 11;
  record.boot_id[1] = 22;
  record.pid = 4321;
  record.start_ticks = 99'999;
  record.pidfs_inode = 777;
  record.started_at_ns = -5;
  record.started_boottime_ns = 6;
  record.oom_kills_at_start = 3;
  record.supervisor_pid = 17;
  record.supervisor_start_ticks = 18;
  record.on_supervisor_exit = wire::OnSupervisorExit::kill;
  record.was_stopped = true;
  record.steps = {{15, 0, 100}, {2, 1, 200}, {9, 2, 300}};
  record.task_id = "job[0]";
  record.v2_group = "/sys/fs/cgroup/x";
  record.v1_groups = {{"memory", "/sys/fs/cgroup/memory/x"}, {"cpu", "/c"}};
  record.logs[1].spec.is_on = 1;
  record.logs[1].spec.max_file_size = 1 << 20;
  record.logs[1].directory = "/var/log";
  record.logs[1].name = "task.stderr";
  record.attachment = std::string("binary\0too", 10);
  return record;
}

TEST_F(TaskRecord, KeepsWhoseSessionItIs) {
  StartRecord written = FullRecord();
  written.session_of = 0x1233;
  ASSERT_EQ(WriteStart(fd(), written), 0);
  StartRecord read;
  ASSERT_EQ(ReadStart(fd(), written.serial, &read), 0);
  EXPECT_EQ(read.session_of, 0x1233U);
  EXPECT_EQ(read.attachment, written.attachment);
  // In the place of it a task: nothing of the session is left.
  written.session_of = 0;
  ASSERT_EQ(WriteStart(fd(), written), 0);
  ASSERT_EQ(ReadStart(fd(), written.serial, &read), 0);
  EXPECT_FALSE(read.IsSession());
}

TEST_F(TaskRecord, KeepsWhichReaperATreeIsBelow) {
  StartRecord written = FullRecord();
  written.is_tree = true;
  written.reaper_pid = 4320;
  written.reaper_start_ticks = 99'998;
  written.reaper_pidfs_inode = 776;
  for (const uint64_t session_of : {uint64_t{0}, uint64_t{0x1233}}) {
    written.session_of = session_of;
    ASSERT_EQ(WriteStart(fd(), written), 0);
    StartRecord read;
    ASSERT_EQ(ReadStart(fd(), written.serial, &read), 0);
    EXPECT_TRUE(read.is_tree);
    EXPECT_EQ(read.reaper_pid, 4320);
    EXPECT_EQ(read.reaper_start_ticks, 99'998U);
    EXPECT_EQ(read.reaper_pidfs_inode, 776U);
    EXPECT_EQ(read.session_of, session_of);
    EXPECT_EQ(read.task_id, written.task_id);
  }
  // A tree without a reaper is nothing that we have written.
  written.reaper_pid = 0;
  ASSERT_EQ(WriteStart(fd(), written), 0);
  StartRecord read;
  EXPECT_EQ(ReadStart(fd(), written.serial, &read), kRecordDamaged);
}

TEST_F(TaskRecord, RemovesTheMarkOfAReaperToo) {
  Put(PathOf(7, "start"), "x");
  Put(PathOf(7, "reaper"), "");
  ASSERT_EQ(RemoveTask(fd(), 7), 0);
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(TaskRecord, KeepsAllOfAStart) {
  const StartRecord written = FullRecord();
  ASSERT_EQ(WriteStart(fd(), written), 0);
  StartRecord read;
  ASSERT_EQ(ReadStart(fd(), written.serial, &read), 0);
  EXPECT_EQ(read.boot_id[0], 11U);
  EXPECT_EQ(read.boot_id[1], 22U);
  EXPECT_EQ(read.pid, 4321);
  EXPECT_EQ(read.start_ticks, 99'999U);
  EXPECT_EQ(read.pidfs_inode, 777U);
  EXPECT_EQ(read.started_at_ns, -5);
  EXPECT_EQ(read.started_boottime_ns, 6);
  EXPECT_EQ(read.oom_kills_at_start, 3);
  EXPECT_EQ(read.supervisor_pid, 17);
  EXPECT_EQ(read.supervisor_start_ticks, 18U);
  EXPECT_EQ(read.on_supervisor_exit, wire::OnSupervisorExit::kill);
  EXPECT_TRUE(read.was_stopped);
  ASSERT_EQ(read.steps.size(), 3U);
  EXPECT_EQ(read.steps[2].signal, 9);
  EXPECT_EQ(read.steps[2].grace_ms, 300);
  EXPECT_EQ(read.task_id, "job[0]");
  EXPECT_EQ(read.v2_group, written.v2_group);
  ASSERT_EQ(read.v1_groups.size(), 2U);
  EXPECT_EQ(read.v1_groups[0].controller, "memory");
  EXPECT_EQ(read.v1_groups[1].directory, "/c");
  EXPECT_EQ(read.logs[0].spec.is_on, 0);
  EXPECT_EQ(read.logs[1].spec.max_file_size, 1 << 20);
  EXPECT_EQ(read.logs[1].name, "task.stderr");
  EXPECT_EQ(read.attachment, written.attachment);
}

TEST_F(TaskRecord, IsReplacedAsAWhole) {
  StartRecord record = FullRecord();
  record.attachment.assign(20'000, 'x');
  ASSERT_EQ(WriteStart(fd(), record), 0);
  record.attachment = "short";
  ASSERT_EQ(WriteStart(fd(), record), 0);
  StartRecord read;
  ASSERT_EQ(ReadStart(fd(), record.serial, &read), 0);
  EXPECT_EQ(read.attachment, "short");
  EXPECT_FALSE(std::filesystem::exists(PathOf(record.serial, "start.new")));
}

TEST_F(TaskRecord, IsNotReplacedByWhatCannotBeWritten) {
  StartRecord record = FullRecord();
  ASSERT_EQ(WriteStart(fd(), record), 0);
  record.attachment.assign(kMaxRecord, 'x');
  EXPECT_EQ(WriteStart(fd(), record), E2BIG);
  StartRecord read;
  ASSERT_EQ(ReadStart(fd(), record.serial, &read), 0);
  EXPECT_EQ(read.attachment, FullRecord().attachment);
}

TEST_F(TaskRecord, IsDamagedWhateverBitHasFlippedAndWhereverItEnds) {
  const StartRecord record = FullRecord();
  ASSERT_EQ(WriteStart(fd(), record), 0);
  const std::string path = PathOf(record.serial, "start");
  const std::string good = Contents(path);
  StartRecord read;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    Put(path, bad);
    const int error = ReadStart(fd(), record.serial, &read);
    // Nothing looks at the header's last, unused number.
    if (at >= 20 && at < 24) continue;
    EXPECT_TRUE(error == kRecordDamaged || error == kRecordForeign) << at << ": " << error;
    Put(path, good.substr(0, at));
    // Whoever was killed before the one write has left it empty, and nothing started.
    EXPECT_EQ(ReadStart(fd(), record.serial, &read), at == 0 ? ENOENT : kRecordDamaged) << at;
  }
  Put(path, good + "x");
  EXPECT_EQ(ReadStart(fd(), record.serial, &read), kRecordDamaged);
  Put(path, good);
  EXPECT_EQ(ReadStart(fd(), record.serial, &read), 0);
}

TEST_F(TaskRecord, IsForeignWhenItIsAnotherTasksOrNoFile) {
  StartRecord record = FullRecord();
  ASSERT_EQ(WriteStart(fd(), record), 0);
  StartRecord read;
  Put(PathOf(7, "start"), Contents(PathOf(record.serial, "start")));
  EXPECT_EQ(ReadStart(fd(), 7, &read), kRecordForeign);
  ASSERT_EQ(symlinkat(TaskPath(record.serial, "start").get(), fd(), TaskPath(8, "start").get()), 0);
  EXPECT_EQ(ReadStart(fd(), 8, &read), kRecordForeign);
  ASSERT_EQ(mkfifoat(fd(), TaskPath(9, "start").get(), 0600), 0);
  EXPECT_EQ(ReadStart(fd(), 9, &read), kRecordForeign);
  ASSERT_EQ(mkdirat(fd(), TaskPath(10, "start").get(), 0700), 0);
  EXPECT_EQ(ReadStart(fd(), 10, &read), kRecordForeign);
  EXPECT_EQ(ReadStart(fd(), 11, &read), ENOENT);
  ExitRecord exit_record;
  Put(PathOf(record.serial, "exit"), Contents(PathOf(record.serial, "start")));
  EXPECT_EQ(ReadExit(fd(), record.serial, &exit_record), kRecordForeign);
}

TEST_F(TaskRecord, KeepsAnExit) {
  ExitRecord record;
  record.serial = 5;
  record.facts.state = static_cast<int32_t>(wire::ExitState::exited);
  record.facts.code = 3;
  record.facts.max_rss_bytes = int64_t{1} << 40;
  ASSERT_EQ(WriteNewExit(fd(), record), 0);
  ExitRecord read;
  ASSERT_EQ(ReadExit(fd(), 5, &read), 0);
  EXPECT_EQ(read.facts.code, 3);
  EXPECT_EQ(read.facts.max_rss_bytes, int64_t{1} << 40);
}

TEST_F(TaskRecord, ListsRemovesAndSetsAside) {
  for (const uint64_t serial : {uint64_t{0x30}, uint64_t{2}, ~uint64_t{0} - 1}) {
    StartRecord record = FullRecord();
    record.serial = serial;
    ASSERT_EQ(WriteStart(fd(), record), 0);
    ASSERT_EQ(WriteNewExit(fd(), {serial, {}}), 0);
  }
  Put(directory_.path() + "/README", "foreign");
  Put(PathOf(0x50, "unknown"), "foreign");
  TaskSerials found;
  ASSERT_EQ(ListTasks(fd(), &found), 0);
  EXPECT_EQ(found.serials, (std::vector<uint64_t>{2, 0x30, ~uint64_t{0} - 1}));
  EXPECT_EQ(found.highest, ~uint64_t{0} - 1);

  ASSERT_EQ(RemoveTask(fd(), ~uint64_t{0} - 1), 0);
  ASSERT_EQ(RemoveTask(fd(), 12345), 0) << "nothing to remove";
  ASSERT_EQ(SetTaskAside(fd(), 0x30), 0);
  ASSERT_EQ(ListTasks(fd(), &found), 0);
  EXPECT_EQ(found.serials, std::vector<uint64_t>{2});
  EXPECT_EQ(found.highest, 0x50U) << "no serial is used again, whatever lies there of it";
  EXPECT_TRUE(std::filesystem::exists(PathOf(0x30, "start.damaged")));
  EXPECT_TRUE(std::filesystem::exists(PathOf(0x30, "exit.damaged")));
}

TEST_F(TaskRecord, HasTheChecksumThatEveryoneComputes) {
  EXPECT_EQ(Crc32("123456789"), 0xcbf43926U);  // the check value of CRC-32/ISO-HDLC
}

}  // namespace
}  // namespace raw_exec::test
