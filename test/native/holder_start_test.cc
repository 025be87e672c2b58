// Starts through a holder.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "../../native/core/process_identity.h"
#include "holder_process.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

using wire::HolderKind;

std::vector<StdioSlot> NoStdio() {
  return {File("/dev/null", O_RDONLY), File("/dev/null", O_WRONLY), File("/dev/null", O_WRONLY)};
}

// A pipe in slot 1, as a test reads from.
struct OutputPipe {
  OutputPipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader.Reset(ends[0]);
    writer.Reset(ends[1]);
  }
  std::string ReadAll() {
    writer.Reset();
    std::string text;
    char part[4096];
    for (ssize_t got = 0; (got = read(reader.get(), part, sizeof(part))) > 0;) {
      text.append(part, static_cast<size_t>(got));
    }
    return text;
  }
  UniqueFd reader;
  UniqueFd writer;
};

TEST(HolderStart, TellsTheExitCodeOfATask) {
  HolderProcess holder;
  TestPlan plan({ProbePath(), "7"});
  plan.stdio = NoStdio();
  const wire::Started started = holder.MustStart(&plan, TaskOrder{});
  EXPECT_EQ(started.serial, 1U);
  EXPECT_GT(started.pid, 0);
  EXPECT_GT(started.start_ticks, 0U);
  const wire::HolderExited exited = holder.link().AwaitExit(1);
  EXPECT_EQ(exited.pid, started.pid);
  EXPECT_EQ(exited.exit.state, static_cast<int32_t>(wire::ExitState::exited));
  EXPECT_EQ(exited.exit.code, 7);
  EXPECT_EQ(exited.exit.signal, 0);
  EXPECT_EQ(exited.exit.was_stopped, 0);
  EXPECT_GE(exited.exit.exited_at_ns, started.started_at_ns);
  EXPECT_GT(exited.exit.duration_ns, 0);
  EXPECT_GT(exited.exit.max_rss_bytes, 0);
}

TEST(HolderStart, GivesTheTaskWhatThePlanSaysAndNothingElse) {
  HolderProcess holder;
  OutputPipe output;
  TestPlan plan({ProbePath(), "0", "two words"});
  plan.env = {"A=1"};
  plan.plan().new_session = true;
  plan.plan().cwd = "/usr";
  plan.stdio = {File("/dev/null", O_RDONLY), Descriptor(output.writer.get()), Closed(),
                Descriptor(output.writer.get())};
  const wire::Started started = holder.MustStart(&plan, TaskOrder{});
  const std::string told = output.ReadAll();
  EXPECT_EQ(Field(told, "fds"), "0 1 3");
  EXPECT_EQ(Field(told, "blocked"), "0000000000000000");
  EXPECT_EQ(Field(told, "ignored"), "0000000000000000");
  EXPECT_EQ(Field(told, "caught"), "0000000000000000");
  EXPECT_EQ(Field(told, "ppid"), std::to_string(holder.pid()));
  EXPECT_EQ(Field(told, "sid"), std::to_string(started.pid));
  EXPECT_EQ(Field(told, "cwd"), "/usr");
  EXPECT_EQ(Field(told, "argv2"), "two words");
  EXPECT_EQ(Field(told, "env"), "A=1");
  EXPECT_EQ(Field(told, "oom"), "0") << "the holder's own protection is not the task's";
  EXPECT_EQ(Field(told, "pdeathsig"), "0");
}

TEST(HolderStart, HasTheRecordOnDiskWhenTheTaskRuns) {
  HolderProcess holder;
  TestPlan plan({"/bin/sleep", "1000"});
  plan.stdio = NoStdio();
  TaskOrder order;
  order.serial = 0xabcdef;
  order.task_id = "job.group[0]";
  order.steps = {{SIGTERM, 0, 500}, {SIGINT, 1, 20}};
  const wire::Started started = holder.MustStart(&plan, order);
  StartRecord record;
  ASSERT_EQ(ReadStart(holder.tasks_fd(), order.serial, &record), 0);
  EXPECT_EQ(record.serial, order.serial);
  EXPECT_EQ(record.pid, started.pid);
  EXPECT_EQ(record.start_ticks, StartTicks(started.pid));
  EXPECT_EQ(record.task_id, order.task_id);
  EXPECT_EQ(record.attachment, order.attachment);
  EXPECT_EQ(record.supervisor_pid, order.supervisor_pid);
  EXPECT_EQ(record.supervisor_start_ticks, 12'345U);
  ASSERT_EQ(record.steps.size(), 2U);
  EXPECT_EQ(record.steps[1].grace_ms, 20);
  uint64_t boot_id[2] = {};
  ASSERT_TRUE(ReadBootId(&boot_id));
  EXPECT_EQ(record.boot_id[0], boot_id[0]);
  EXPECT_EQ(record.boot_id[1], boot_id[1]);
}

TEST(HolderStart, TellsWhichStepHasFailedAndLeavesNothing) {
  HolderProcess holder;
  TestPlan plan({"/nonexistent/program"});
  plan.stdio = NoStdio();
  const HolderMessage answer = holder.Start(&plan, TaskOrder{});
  ASSERT_EQ(answer.kind, HolderKind::failed);
  const wire::Failed failed = answer.As<wire::Failed>();
  EXPECT_EQ(failed.error, ENOENT);
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::spawn));
  EXPECT_EQ(failed.step, static_cast<int32_t>(Step::exec));
  EXPECT_FALSE(holder.HasFiles(1));
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

TEST(HolderStart, TellsTheStepOfAFailureBeforeExec) {
  HolderProcess holder;
  TestPlan plan({ProbePath()});
  plan.stdio = {File("/dev/null", O_RDONLY), File("/nonexistent/file", O_WRONLY)};
  const wire::Failed failed = holder.Start(&plan, TaskOrder{}).As<wire::Failed>();
  EXPECT_EQ(failed.error, ENOENT);
  EXPECT_EQ(failed.step, static_cast<int32_t>(Step::stdio));
  EXPECT_EQ(failed.detail, 1);
  EXPECT_FALSE(holder.HasFiles(1));
}

TEST(HolderStart, RemovesTheFifosOfAFailedStart) {
  HolderProcess holder;
  ASSERT_EQ(mkfifoat(holder.tasks_fd(), TaskPath(1, "stdout").get(), 0600), 0);
  TestPlan plan({"/nonexistent/program"});
  plan.stdio = NoStdio();
  EXPECT_EQ(holder.Start(&plan, TaskOrder{}).kind, HolderKind::failed);
  EXPECT_FALSE(holder.HasFiles(1));
}

TEST(HolderStart, StartsManyAtOnce) {
  const uint64_t count = Fewer(200, 50);
  HolderProcess holder;
  for (uint64_t serial = 1; serial <= count; ++serial) {
    TestPlan plan({ProbePath(), std::to_string(serial % 100)});
    plan.stdio = NoStdio();
    TaskOrder order;
    order.serial = serial;
    holder.link().SendStart(&plan, order, serial);
  }
  for (uint64_t serial = 1; serial <= count; ++serial) {
    EXPECT_EQ(holder.link().AwaitAnswer(serial).kind, HolderKind::started);
  }
  for (uint64_t serial = 1; serial <= count; ++serial) {
    EXPECT_EQ(holder.link().AwaitExit(serial).exit.code, static_cast<int>(serial % 100));
  }
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

TEST(HolderStart, KillsWhatDoesNotReachItsProgramInTimeWhileOthersStart) {
  HolderProcess holder;
  const TestDirectory directory;
  const std::string fifo = directory.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  TestPlan blocked({ProbePath()});
  blocked.stdio = {File(fifo.c_str(), O_RDONLY)};
  TaskOrder order;
  order.deadline_ms = 300;
  holder.link().SendStart(&blocked, order, 1);

  TestPlan plan({ProbePath(), "3"});
  plan.stdio = NoStdio();
  TaskOrder other;
  other.serial = 2;
  holder.MustStart(&plan, other);
  EXPECT_EQ(holder.link().AwaitExit(2).exit.code, 3);

  const HolderMessage answer = holder.link().AwaitAnswer(1);
  ASSERT_EQ(answer.kind, HolderKind::failed);
  const wire::Failed failed = answer.As<wire::Failed>();
  EXPECT_EQ(failed.error, ETIMEDOUT);
  EXPECT_EQ(failed.step, static_cast<int32_t>(Step::stdio));
  EXPECT_EQ(failed.flags, kDeadline);
  EXPECT_FALSE(holder.HasFiles(1));
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

TEST(HolderStart, SaysThatAChildWasKilledBeforeItsProgram) {
  HolderProcess holder;
  const TestDirectory directory;
  const std::string fifo = directory.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  TestPlan blocked({ProbePath()});
  blocked.stdio = {File(fifo.c_str(), O_RDONLY)};
  holder.link().SendStart(&blocked, TaskOrder{}, 1);
  std::vector<pid_t> children;
  ASSERT_TRUE(WaitFor([&] {
    children = ChildrenOf(holder.pid());
    return !children.empty() && StateOf(children[0]) == 'S' && holder.HasFiles(1);
  }));
  ASSERT_EQ(kill(children[0], SIGKILL), 0);
  const wire::Failed failed = holder.link().AwaitAnswer(1).As<wire::Failed>();
  EXPECT_EQ(failed.error, EINTR);
  EXPECT_EQ(failed.flags, kKilledEarly);
  EXPECT_FALSE(holder.HasFiles(1));
}

TEST(HolderStart, RefusesASerialThatIsInUse) {
  HolderProcess holder;
  TestPlan plan({"/bin/sleep", "1000"});
  plan.stdio = NoStdio();
  holder.MustStart(&plan, TaskOrder{});
  const wire::Failed failed = holder.Start(&plan, TaskOrder{}).As<wire::Failed>();
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::exists));
  EXPECT_TRUE(holder.HasFiles(1)) << "the first one's";
}

TEST(HolderStart, RefusesAPlanOfAnotherVersion) {
  HolderProcess holder;
  TestPlan plan({ProbePath()});
  plan.stdio = NoStdio();
  TaskOrder order;
  order.plan_version = 1;
  const wire::Failed failed = holder.Start(&plan, order).As<wire::Failed>();
  EXPECT_EQ(failed.error, EPROTO);
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::malformed));
}

TEST(HolderStart, TakesAPlanOfManyPages) {
  HolderProcess holder;
  TestPlan plan({ProbePath(), "5"});
  plan.stdio = NoStdio();
  for (int i = 0; i < 100; ++i) {
    plan.env.push_back("V" + std::to_string(i) + "=" + std::string(2000, 'x'));
  }
  holder.MustStart(&plan, TaskOrder{});
  EXPECT_EQ(holder.link().AwaitExit(1).exit.code, 5);
}

TEST(HolderStart, FailsWithoutDescriptorsAndGoesOnWithThem) {
  HolderProcess::Options options;
  options.descriptors = 24;
  HolderProcess holder(options);
  const TestDirectory directory;
  const std::string fifo = directory.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  constexpr uint64_t kCount = 30;
  for (uint64_t serial = 1; serial <= kCount; ++serial) {
    TestPlan blocked({ProbePath(), "1"});
    blocked.stdio = {File(fifo.c_str(), O_RDONLY), Descriptor(0), Descriptor(0), Descriptor(0)};
    TaskOrder order;
    order.serial = serial;
    holder.link().SendStart(&blocked, order, serial);
  }
  // Each holds one descriptor as long as it is under way, so the last ones find none.
  const HolderMessage last = holder.link().AwaitAnswer(kCount);
  ASSERT_EQ(last.kind, HolderKind::failed);
  EXPECT_EQ(last.As<wire::Failed>().error, EMFILE);
  EXPECT_EQ(last.As<wire::Failed>().reason, static_cast<int32_t>(wire::Reason::spawn))
      << "the pair of sockets or the clone's pidfd was one too many";
  EXPECT_FALSE(holder.HasFiles(kCount));
  const UniqueFd writer(open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(holder.link().AwaitAnswer(1).kind, HolderKind::started);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.code, 1);
  ASSERT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
  TestPlan plan({ProbePath(), "2"});
  plan.stdio = NoStdio();
  TaskOrder order;
  order.serial = kCount + 1;
  holder.MustStart(&plan, order);
  EXPECT_EQ(holder.link().AwaitExit(kCount + 1).exit.code, 2);
}

}  // namespace
}  // namespace raw_exec::test
