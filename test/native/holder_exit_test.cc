// How tasks of a holder end, and what is known of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "holder_process.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

using wire::HolderKind;

// A shell without stdio; a session of its own, so that its group can be signalled.
class Shell : public TestPlan {
 public:
  explicit Shell(const std::string& script) : TestPlan({"/bin/sh", "-c", script}) {
    stdio = {File("/dev/null", O_RDONLY), File("/dev/null", O_WRONLY), File("/dev/null", O_WRONLY)};
    env = {"PATH=/usr/bin:/bin"};
    plan().new_session = true;
  }
};

TEST(HolderExit, TellsTheSignalAndWhetherACoreWasDumped) {
  HolderProcess holder;
  Shell killed("kill -TERM $$");
  holder.MustStart(&killed, TaskOrder{});
  const wire::ExitFacts facts = holder.link().AwaitExit(1).exit;
  EXPECT_EQ(facts.code, -1);
  EXPECT_EQ(facts.signal, SIGTERM);
  EXPECT_EQ(facts.core_dumped, 0);
}

TEST(HolderExit, TellsTheTimeThatTheTaskHasUsed) {
  HolderProcess holder;
  Shell busy("i=0; while [ $i -lt " + std::to_string(Fewer(100'000, 10'000)) +
             " ]; do i=$((i+1)); done");
  holder.MustStart(&busy, TaskOrder{});
  const wire::ExitFacts facts = holder.link().AwaitExit(1).exit;
  EXPECT_EQ(facts.code, 0);
  EXPECT_GT(facts.user_cpu_us, 1000);
  EXPECT_GE(facts.duration_ns / 1000, facts.user_cpu_us / 2);
}

TEST(HolderExit, HasTheRecordOnDiskWhenItIsTold) {
  HolderProcess holder;
  Shell plan("exit 42");
  holder.MustStart(&plan, TaskOrder{});
  const wire::ExitFacts told = holder.link().AwaitExit(1).exit;
  ExitRecord record;
  ASSERT_EQ(ReadExit(holder.tasks_fd(), 1, &record), 0);
  EXPECT_EQ(record.facts.code, 42);
  EXPECT_EQ(record.facts.exited_at_ns, told.exited_at_ns);
}

// While it is stopped, all their signals become one.
TEST(HolderExit, SeesManyEndsThatOneSignalStandsFor) {
  const uint64_t count = Fewer(100, 20);
  HolderProcess holder;
  std::vector<pid_t> pids;
  for (uint64_t serial = 1; serial <= count; ++serial) {
    TestPlan plan({"/bin/sleep", "1000"});
    plan.stdio = {File("/dev/null", O_RDONLY)};
    TaskOrder order;
    order.serial = serial;
    pids.push_back(holder.MustStart(&plan, order).pid);
  }
  ASSERT_EQ(kill(holder.pid(), SIGSTOP), 0);
  ASSERT_TRUE(WaitFor([&] { return StateOf(holder.pid()) == 'T'; }));
  for (const pid_t pid : pids) kill(pid, SIGTERM);
  ASSERT_TRUE(WaitFor([&] {
    return std::all_of(pids.begin(), pids.end(), [](pid_t pid) { return StateOf(pid) == 'Z'; });
  }));
  ASSERT_EQ(kill(holder.pid(), SIGCONT), 0);
  for (uint64_t serial = 1; serial <= count; ++serial) {
    EXPECT_EQ(holder.link().AwaitExit(serial).exit.signal, SIGTERM);
  }
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

TEST(HolderExit, SignalsTheProcessOrItsGroup) {
  HolderProcess holder;
  Shell plan("trap 'exit 5' USR1; sleep 1000 & wait");
  const wire::Started started = holder.MustStart(&plan, TaskOrder{});
  // The trap is set once the shell has its child.
  ASSERT_TRUE(WaitFor([&] { return ChildrenOf(started.pid).size() == 1; }));
  holder.Signal(1, SIGUSR1);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.code, 5);
  // The shell's child lives on, the holder's now.
  ASSERT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).size() == 1; }));
  holder.link().Send(HolderKind::signal, 7, wire::HolderSignal{1, SIGKILL, 1});
  EXPECT_EQ(holder.link().AwaitAnswer(7).As<wire::HolderSignalled>().error, ESRCH)
      << "the number of a reaped process is nobody's";

  Shell group("sleep 1000 & sleep 1000 & wait");
  TaskOrder second;
  second.serial = 2;
  const wire::Started leader = holder.MustStart(&group, second);
  ASSERT_TRUE(WaitFor([&] { return ChildrenOf(leader.pid).size() == 2; }));
  holder.Signal(2, SIGKILL, true);
  const wire::ExitFacts facts = holder.link().AwaitExit(2).exit;
  EXPECT_EQ(facts.signal, SIGKILL);
  EXPECT_EQ(facts.was_stopped, 1) << "SIGKILL was asked for";
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).size() == 1; }))
      << "what the group has left is reaped";
}

TEST(HolderExit, ReapsWhatTasksLeaveBehind) {
  HolderProcess holder;
  Shell plan("for i in 1 2 3 4 5 6 7 8; do (exec setsid sleep 0.05) & done; exit 1");
  holder.MustStart(&plan, TaskOrder{});
  EXPECT_EQ(holder.link().AwaitExit(1).exit.code, 1);
  EXPECT_TRUE(WaitFor([&] { return ChildrenOf(holder.pid()).empty(); }));
}

TEST(HolderExit, IsOnDiskAndToldToTheNextKeeperWhenNoneWasThere) {
  HolderProcess holder;
  Shell ending("read line; exit 9");
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  ending.stdio[0] = Descriptor(reader.get());
  holder.MustStart(&ending, TaskOrder{});
  Shell staying("exec sleep 1000");
  TaskOrder second;
  second.serial = 2;
  const wire::Started stays = holder.MustStart(&staying, second);
  holder.tasks_fd();

  holder.link().Close();
  writer.Reset();
  ExitRecord record;
  ASSERT_TRUE(WaitFor([&] { return ReadExit(holder.tasks_fd(), 1, &record) == 0; }));
  EXPECT_EQ(record.facts.code, 9);

  HolderLink next = holder.Connect();
  next.SendAttach(1);
  EXPECT_EQ(next.Await(HolderKind::attached, 1).As<wire::Attached>().holder_pid, holder.pid());
  const wire::Held first = next.Await(HolderKind::held, 1).As<wire::Held>();
  EXPECT_EQ(first.serial, 1U);
  EXPECT_EQ(first.has_exited, 1);
  const wire::Held other = next.Await(HolderKind::held, 1).As<wire::Held>();
  EXPECT_EQ(other.serial, 2U);
  EXPECT_EQ(other.pid, stays.pid);
  EXPECT_EQ(other.has_exited, 0);
  next.Await(HolderKind::held_all, 1);
  next.Send(HolderKind::signal, 2, wire::HolderSignal{2, SIGTERM, 0});
  EXPECT_EQ(next.AwaitAnswer(2).As<wire::HolderSignalled>().error, 0);
  EXPECT_EQ(next.AwaitExit(2).exit.signal, SIGTERM);
}

TEST(HolderExit, ForgetsWhatHasEndedOnly) {
  HolderProcess holder;
  Shell plan("exec sleep 1000");
  holder.MustStart(&plan, TaskOrder{});
  holder.link().Send(HolderKind::forget, 5, wire::HolderForget{1});
  const HolderMessage refused = holder.link().AwaitAnswer(5);
  EXPECT_EQ(refused.kind, HolderKind::failed);
  EXPECT_EQ(refused.As<wire::Failed>().reason, static_cast<int32_t>(wire::Reason::still_populated));
  EXPECT_TRUE(holder.HasFiles(1));
  holder.Signal(1, SIGKILL);
  holder.link().AwaitExit(1);
  holder.link().Send(HolderKind::forget, 6, wire::HolderForget{1});
  EXPECT_EQ(holder.link().AwaitAnswer(6).kind, HolderKind::done);
  EXPECT_FALSE(holder.HasFiles(1));
  holder.link().Send(HolderKind::forget, 7, wire::HolderForget{1});
  EXPECT_EQ(holder.link().AwaitAnswer(7).kind, HolderKind::done) << "once more is no harm";
}

TEST(HolderExit, NotesWhoSupervisesThatAStopWasAskedForAndTheAttachment) {
  HolderProcess holder;
  Shell plan("exec sleep 1000");
  const wire::Started started = holder.MustStart(&plan, TaskOrder{});
  holder.link().SendNote(5, {1, 77, 1, 88}, "of another size than before");
  EXPECT_EQ(holder.link().AwaitAnswer(5).kind, HolderKind::done);
  StartRecord record;
  ASSERT_EQ(ReadStart(holder.tasks_fd(), 1, &record), 0);
  EXPECT_EQ(record.supervisor_pid, 77);
  EXPECT_EQ(record.supervisor_start_ticks, 88U);
  EXPECT_TRUE(record.was_stopped);
  EXPECT_EQ(record.pid, started.pid);
  EXPECT_EQ(record.attachment, "of another size than before");
  EXPECT_EQ(record.task_id, TaskOrder{}.task_id);
  ASSERT_EQ(kill(started.pid, SIGTERM), 0);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.was_stopped, 1);
  holder.link().SendNote(6, {2, 77, 1, 88}, "");
  EXPECT_EQ(holder.link().AwaitAnswer(6).As<wire::Failed>().error, ENOENT);
}

TEST(HolderExit, SurvivesEverySignalThatItCanAndTheEndOfATaskInItsGroup) {
  HolderProcess holder;
  Shell plan("exec sleep 1000");
  holder.MustStart(&plan, TaskOrder{});
  for (int signal = 1; signal < NSIG; ++signal) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    kill(holder.pid(), signal);
  }
  kill(holder.pid(), SIGCONT);
  holder.Signal(1, SIGKILL);
  EXPECT_EQ(holder.link().AwaitExit(1).exit.signal, SIGKILL);
  EXPECT_EQ(getpgid(holder.pid()), holder.pid());
  EXPECT_EQ(getsid(holder.pid()), holder.pid());
}

TEST(HolderExit, LeavesItsTasksToItsParentWithTheirStatus) {
  HolderProcess holder;
  Shell plan("read line; exit 13");
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  plan.stdio[0] = Descriptor(reader.get());
  const wire::Started started = holder.MustStart(&plan, TaskOrder{});
  holder.Kill();
  writer.Reset();
  int status = 0;
  ASSERT_EQ(waitpid(started.pid, &status, 0), started.pid) << "this process is the subreaper above";
  EXPECT_EQ(WEXITSTATUS(status), 13);
}

TEST(HolderExit, HoldsNoDescriptorForATask) {
  HolderProcess holder;
  const std::string path = "/proc/" + std::to_string(holder.pid()) + "/fd";
  const auto count = [&path] {
    size_t open = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path)) ++open;
    return open;
  };
  Shell first("exec sleep 1000");
  holder.MustStart(&first, TaskOrder{});
  const size_t before = count();
  for (uint64_t serial = 2; serial <= 20; ++serial) {
    Shell plan("exec sleep 1000");
    TaskOrder order;
    order.serial = serial;
    holder.MustStart(&plan, order);
  }
  EXPECT_TRUE(WaitFor([&] { return count() <= before; })) << count() << " of " << before;
}

}  // namespace
}  // namespace raw_exec::test
