// Tasks through a real keeper, from their start to when they are forgotten.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "../../native/core/process_tree.h"
#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class KeeperStart : public testing::Test {
 protected:
  StateFolder state_;
  KeeperProcess keeper_{state_.path()};
  KeeperClient client_{state_.path()};
};

TEST_F(KeeperStart, TellsOfATaskUntilItIsForgotten) {
  KeptTask task;
  task.attachment = std::string("what\0ever", 9);
  ShellPlan plan("exit 7");
  const wire::Started started = client_.Start(&plan, task);
  EXPECT_EQ(started.serial, 1U);
  EXPECT_GT(started.start_ticks, 0U);
  const wire::Exited exited = client_.AwaitExit("task");
  EXPECT_EQ(exited.serial, started.serial);
  EXPECT_EQ(exited.pid, started.pid);
  EXPECT_EQ(exited.exit.state, static_cast<int32_t>(wire::ExitState::exited));
  EXPECT_EQ(exited.exit.code, 7);
  EXPECT_EQ(exited.exit.was_stopped, 0);

  const std::vector<ListedTask> listed = client_.List();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].id, "task");
  EXPECT_EQ(listed[0].attachment, task.attachment);
  EXPECT_EQ(listed[0].info.exit.code, 7);
  EXPECT_EQ(listed[0].info.is_populated, 0);
  client_.Forget("task");
  EXPECT_TRUE(client_.List().empty());
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperStart, RefusesAnIdThatIsThereAndTakesItWhenForgotten) {
  ShellPlan plan("exit 0");
  client_.Start(&plan, {});
  const uint64_t again = client_.SendStart(MakeStart(&plan, {}), {});
  EXPECT_EQ(client_.Fail(again).reason, static_cast<int32_t>(wire::Reason::exists));
  client_.AwaitExit("task");
  client_.Forget("task");
  EXPECT_EQ(client_.Start(&plan, {}).serial, 2U) << "serials are never used twice";
  client_.AwaitExit("task");
}

TEST_F(KeeperStart, SaysAtWhichStepAStartHasFailedAndLeavesNothing) {
  ShellPlan plan("");
  plan.ExecuteFile("/nonexistent");
  const wire::Failed failed = client_.Fail(client_.SendStart(MakeStart(&plan, {}), {}));
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::spawn));
  EXPECT_EQ(failed.step, static_cast<int32_t>(Step::exec));
  EXPECT_EQ(failed.error, ENOENT);
  EXPECT_TRUE(client_.List().empty());
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperStart, SignalsTheMainProcess) {
  ShellPlan plan("exec sleep 1000");
  client_.Start(&plan, {});
  EXPECT_EQ(client_.Signal("task", SIGUSR1).reached, 1);
  const wire::Exited exited = client_.AwaitExit("task");
  EXPECT_EQ(exited.exit.signal, SIGUSR1);
  EXPECT_EQ(exited.exit.code, -1);
  EXPECT_EQ(exited.exit.was_stopped, 0) << "who knows what USR1 means to it";
  EXPECT_EQ(client_.Signal("task", SIGUSR1).reached, 0);
}

TEST_F(KeeperStart, NotesThatTheEndWasAskedFor) {
  ShellPlan plan("exec sleep 1000");
  client_.Start(&plan, {});
  EXPECT_EQ(client_.Signal("task", SIGKILL).reached, 1);
  EXPECT_EQ(client_.AwaitExit("task").exit.was_stopped, 1);
}

TEST_F(KeeperStart, DoesNotForgetWhatRuns) {
  ShellPlan plan("exec sleep 1000");
  client_.Start(&plan, {});
  const uint64_t request = client_.Ask(wire::ClientKind::forget, "task");
  EXPECT_EQ(client_.Fail(request).reason, static_cast<int32_t>(wire::Reason::still_populated));
  client_.Signal("task", SIGKILL);
  client_.AwaitExit("task");
  client_.Forget("task");
  const uint64_t again = client_.Ask(wire::ClientKind::forget, "task");
  EXPECT_EQ(client_.Fail(again).reason, static_cast<int32_t>(wire::Reason::unknown_task));
}

TEST_F(KeeperStart, TellsEveryClientOfAnExit) {
  KeeperClient other(state_.path());
  ShellPlan plan("exit 3");
  client_.Start(&plan, {});
  EXPECT_EQ(client_.AwaitExit("task").exit.code, 3);
  EXPECT_EQ(other.AwaitExit("task").exit.code, 3);
}

TEST_F(KeeperStart, ListsMoreTasksThanAMessageHolds) {
  constexpr int kTasks = 12;
  KeptTask task;
  task.attachment.assign(20'000, 'a');
  ShellPlan plan("exit 0");
  for (int i = 0; i < kTasks; ++i) {
    task.id = "task-" + std::to_string(i);
    client_.Start(&plan, task);
  }
  const std::vector<ListedTask> listed = client_.List();
  ASSERT_EQ(listed.size(), static_cast<size_t>(kTasks));
  for (int i = 0; i < kTasks; ++i) {
    EXPECT_EQ(listed[static_cast<size_t>(i)].id, "task-" + std::to_string(i));
    EXPECT_EQ(listed[static_cast<size_t>(i)].attachment, task.attachment);
  }
}

TEST_F(KeeperStart, GivesTheTaskTheDescriptorsOfItsClient) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  TestPlan plan({ProbePath()});
  plan.stdio.assign(3, File("/dev/null", O_RDWR));
  plan.stdio[1] = Descriptor(writer.get());
  client_.Start(&plan, {});
  writer.Reset();
  std::string output;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(reader.get(), buffer, sizeof(buffer))) > 0;) {
    output.append(buffer, static_cast<size_t>(got));
  }
  client_.AwaitExit("task");
  EXPECT_EQ(Field(output, "fds"), "0 1 2");
  EXPECT_EQ(Field(output, "blocked"), "0000000000000000");
  EXPECT_EQ(Field(output, "ignored"), "0000000000000000");
  EXPECT_EQ(Field(output, "oom"), "0") << "the keeper's own score is not for tasks";
  EXPECT_EQ(Field(output, "ppid"), std::to_string(client_.welcome().holder_pid));
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(Field(output, "nofile"),
            std::to_string(limit.rlim_cur) + " " + std::to_string(limit.rlim_max));
}

TEST_F(KeeperStart, WritesLogs) {
  KeptTask task;
  const std::string logs = state_.path() + "/logs";
  ASSERT_EQ(mkdir(logs.c_str(), 0700), 0);
  for (size_t i = 0; i < 2; ++i) {
    wire::LogSpec& spec = task.logs[i].spec;
    spec = {1, 0, 0, 2, 1 << 20, 0640, getuid(), getgid(), 0};
    task.logs[i].directory = logs;
    task.logs[i].name = i == 0 ? "task.stdout" : "task.stderr";
  }
  ShellPlan plan("echo out; echo err >&2; echo again >/dev/stdout");
  // The keeper appends the FIFOs: the first and the second descriptor, as the client sends none.
  plan.stdio[1] = Descriptor(-1);
  plan.stdio[2] = Descriptor(-1);
  client_.Start(&plan, task);
  client_.AwaitExit("task");
  Await("the logs are written", [&] {
    return TextOf(logs + "/task.stdout.0") == "out\nagain\n" &&
           TextOf(logs + "/task.stderr.0") == "err\n";
  });
  const KeeperMessage status = client_.Answer(client_.Ask(wire::ClientKind::log_status, "task"));
  EXPECT_EQ(status.kind, wire::ClientKind::log_counters);
  Await("the FIFOs are gone", [&] {
    return !std::filesystem::exists(state_.path() + "/tasks/0000000000000001.stdout") &&
           !std::filesystem::exists(state_.path() + "/tasks/0000000000000001.stderr");
  });
  client_.Forget("task");
}

TEST_F(KeeperStart, RefusesALogThatCannotBe) {
  KeptTask task;
  task.logs[0].spec = {1, 0, 0, 2, 1 << 20, 0640, getuid(), getgid(), 0};
  task.logs[0].directory = state_.path() + "/none";
  task.logs[0].name = "task.stdout";
  ShellPlan plan("exit 0");
  plan.stdio[1] = Descriptor(-1);
  const wire::Failed failed = client_.Fail(client_.SendStart(MakeStart(&plan, task), task));
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::log));
  EXPECT_EQ(failed.error, ENOENT);
  EXPECT_TRUE(state_.Tasks().empty());
  EXPECT_TRUE(client_.List().empty());
}

}  // namespace
}  // namespace raw_exec::test
