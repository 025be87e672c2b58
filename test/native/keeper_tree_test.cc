// Tasks of the keeper without groups of their own: all that descends from them is theirs, whoever
// dies, and nothing else is.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <string>

#include "../../native/core/process_tree.h"
#include "keeper_session.h"

namespace raw_exec::test {
namespace {

using wire::SignalTarget;

constexpr int32_t kEverything = static_cast<int32_t>(SignalTarget::everything);

bool IsAlive(pid_t pid) {
  TreeProcess process = {};
  return LookAt(pid, &process) && !process.is_dead;
}

pid_t ParentOf(pid_t pid) {
  TreeProcess process = {};
  return LookAt(pid, &process) ? process.parent : -1;
}

class KeeperTree : public KeeperSession {
 protected:
  wire::Started StartTree(const std::string& script, const std::string& id = "task") {
    KeptTask task;
    task.id = id;
    task.is_tree = true;
    ShellPlan plan(script);
    return client_->Start(&plan, task);
  }
  wire::Started ExecTree(const std::string& script) {
    KeptTask session = Beside("task");
    session.is_tree = true;
    session.attachment = "its mark";
    return Exec(script, session);
  }
  // A script that writes the pid of a descendant in a session of its own, which takes no signal but
  // SIGKILL; and that pid.
  std::string Daemon() const {
    return "setsid sh -c 'trap \"\" TERM INT HUP; echo $$ > " + file() +
           "; while :; do sleep 0.02; done' & ";
  }
  std::string file() const { return other_.path() + "/pid"; }
  pid_t DaemonPid() const {
    pid_t pid = -1;
    Await("the daemon has told its pid", [&] { return bool(std::ifstream(file()) >> pid); });
    return pid;
  }
  wire::Stopped Stop(const std::vector<wire::Step>& steps) {
    const KeeperMessage answer = client_->Answer(client_->SendStop("task", steps, kLong));
    EXPECT_EQ(answer.kind, wire::ClientKind::stopped);
    return answer.As<wire::Stopped>();
  }
  void Restart() {
    client_.reset();
    keeper_->Kill();
    StartKeeper();
    client_ = std::make_unique<KeeperClient>(state_.path());
  }

  StateFolder other_;
};

TEST_F(KeeperTree, IsListedWithItsReaperAndForgottenWithAllOfIt) {
  const wire::Started started = StartTree("exit 3");
  EXPECT_GT(started.reaper_pid, 0);
  EXPECT_EQ(client_->AwaitExit("task").exit.code, 3);
  Await("its reaper has ended", [&] { return client_->List()[0].info.is_populated == 0; });
  EXPECT_EQ(client_->List()[0].info.reaper_pid, 0);
  client_->Forget("task");
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperTree, IsPopulatedUntilTheLastOfItHasEnded) {
  const wire::Started started = StartTree(Daemon() + "exit 3");
  client_->AwaitExit("task");
  const pid_t daemon = DaemonPid();
  EXPECT_EQ(client_->List()[0].info.is_populated, 1);
  EXPECT_EQ(client_->List()[0].info.reaper_pid, started.reaper_pid);
  ExpectRefusal(client_->Ask(wire::ClientKind::forget, "task"), wire::Reason::still_populated);
  kill(daemon, SIGKILL);
  Await("nothing of it runs", [&] { return client_->List()[0].info.is_populated == 0; });
  client_->Forget("task");
}

TEST_F(KeeperTree, GetsSignalsAsAWhole) {
  StartTree(
      "setsid sh -c \"trap 'exit' USR1; while :; do sleep 0.01; done\" & trap 'wait; exit 4' "
      "USR1; while :; do sleep 0.01; done");
  const pid_t main = client_->List()[0].info.pid;
  AwaitHandled(main, SIGUSR1);
  Await("both are there",
        [&] { return client_->Signal("task", 0, SignalTarget::everything).reached >= 2; });
  const wire::Signalled told = client_->Signal("task", SIGUSR1, SignalTarget::everything);
  EXPECT_GE(told.reached, 2);
  EXPECT_EQ(told.refused_count, 0);
  Stop({});
  client_->Forget("task");
}

TEST_F(KeeperTree, IsStoppedWithWhatHasLeftItsSession) {
  const wire::Started started =
      StartTree("trap 'exit 5' TERM; " + Daemon() + "while :; do sleep 0.01; done");
  const pid_t daemon = DaemonPid();
  AwaitHandled(started.pid, SIGTERM);
  const wire::Stopped told = Stop({{SIGTERM, kEverything, 100}});
  EXPECT_EQ(told.survivor_count, 0);
  EXPECT_EQ(told.step_count, 2);
  EXPECT_FALSE(IsAlive(daemon));
  EXPECT_FALSE(IsAlive(started.reaper_pid));
  const wire::ExitFacts exit = client_->AwaitExit("task").exit;
  EXPECT_EQ(exit.code, 5);
  EXPECT_EQ(exit.was_stopped, 1);
  client_->Forget("task");
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperTree, StaysATreeForTheNextKeeper) {
  const wire::Started started = StartTree(Daemon() + "while :; do sleep 0.01; done");
  const pid_t daemon = DaemonPid();
  Restart();
  const wire::TaskInfo info = client_->List()[0].info;
  EXPECT_EQ(info.reaper_pid, started.reaper_pid);
  EXPECT_EQ(info.is_populated, 1);
  EXPECT_EQ(Stop({}).survivor_count, 0);
  EXPECT_FALSE(IsAlive(daemon));
  EXPECT_EQ(client_->AwaitExit("task").exit.signal, SIGKILL);
  client_->Forget("task");
}

TEST_F(KeeperTree, EndsExactlyWithoutKeeperAndHolder) {
  const wire::Started started = StartTree(kEndsWhenTold);
  AwaitHandled(started.pid, SIGUSR1);
  const pid_t holder = state_.Named("holder.lock");
  client_.reset();
  keeper_->Kill();
  kill(holder, SIGKILL);
  AwaitEnd(holder);
  kill(started.pid, SIGUSR1);
  AwaitEnd(started.reaper_pid);
  StartKeeper();
  client_ = std::make_unique<KeeperClient>(state_.path());
  const wire::ExitFacts exit = client_->List()[0].info.exit;
  EXPECT_EQ(exit.state, static_cast<int32_t>(wire::ExitState::exited));
  EXPECT_EQ(exit.code, 5);
  EXPECT_GT(exit.max_rss_bytes, 0) << "as a parent sees it";
  client_->Forget("task");
}

TEST_F(KeeperTree, EndsWithItsReaperExactlyAndItsSessionIsKilled) {
  const wire::Started started = StartTree("sleep 1000 & echo $! > " + file() + "; exec sleep 1000");
  const pid_t child = DaemonPid();
  kill(started.reaper_pid, SIGKILL);
  EXPECT_EQ(client_->AwaitExit("task").exit.signal, SIGKILL);
  Await("what was left is killed", [&] { return !IsAlive(child); });
  Await("nothing of it runs", [&] { return client_->List()[0].info.is_populated == 0; });
  client_->Forget("task");
  EXPECT_TRUE(state_.Tasks().empty());
}

// A process with this very number that leads a session, and a child of it, whose pid is returned.
// Without its leader the child's session is known by its number alone, as that of any daemon.
pid_t StartStranger(pid_t number, bool has_leader) {
  int told[2];
  EXPECT_EQ(pipe2(told, O_CLOEXEC), 0);
  clone_args args = {};
  args.exit_signal = SIGCHLD;
  args.set_tid = reinterpret_cast<uint64_t>(&number);
  args.set_tid_size = 1;
  const long leader = syscall(SYS_clone3, &args, sizeof(args));
  if (leader == 0) {
    setsid();
    const pid_t child = fork();
    if (child == 0) {
      for (;;) pause();
    }
    if (write(told[1], &child, sizeof(child)) != sizeof(child) || !has_leader) _exit(0);
    for (;;) pause();
  }
  pid_t child = -1;
  if (leader == number) {
    EXPECT_EQ(read(told[0], &child, sizeof(child)), sizeof(child));
    if (!has_leader) waitpid(number, nullptr, 0);
  }
  close(told[0]);
  close(told[1]);
  return child;
}

class KeeperTreeOfAStranger : public KeeperTree, public testing::WithParamInterface<bool> {};

// The keeper comes late: the reaper has been reaped, and its number come round.
TEST_P(KeeperTreeOfAStranger, IsNotTakenForTheSessionOfAKilledReaper) {
  if (geteuid() != 0) GTEST_SKIP() << "to choose a pid takes root";
  const wire::Started started = StartTree("exec sleep 1000");
  kill(keeper_->pid(), SIGSTOP);
  kill(started.reaper_pid, SIGKILL);
  // The holder reaps both: while one of the session is there, its number cannot come round.
  AwaitGone(started.reaper_pid);
  AwaitGone(started.pid);
  const pid_t stranger = StartStranger(started.reaper_pid, GetParam());
  kill(keeper_->pid(), SIGCONT);
  ASSERT_GT(stranger, 0);
  EXPECT_EQ(client_->AwaitExit("task").exit.signal, SIGKILL);
  Await("nothing of it runs", [&] { return client_->List()[0].info.is_populated == 0; });
  EXPECT_TRUE(IsAlive(stranger));
  kill(stranger, SIGKILL);
  if (GetParam()) {
    EXPECT_TRUE(IsAlive(started.reaper_pid));
    kill(started.reaper_pid, SIGKILL);
    waitpid(started.reaper_pid, nullptr, 0);
  }
  client_->Forget("task");
}

INSTANTIATE_TEST_SUITE_P(Leader, KeeperTreeOfAStranger, testing::Bool());

// Nobody has looked while the reaper was killed: what has its number now may be a stranger's.
TEST_F(KeeperTree, IsNotSearchedForWhenItsReaperWasKilledUnseen) {
  const wire::Started started = StartTree("sleep 1000 & echo $! > " + file() + "; exec sleep 1000");
  const pid_t child = DaemonPid();
  const pid_t holder = state_.Named("holder.lock");
  client_.reset();
  keeper_->Kill();
  kill(holder, SIGKILL);
  AwaitEnd(holder);
  kill(started.reaper_pid, SIGKILL);
  AwaitEnd(started.reaper_pid);
  AwaitEnd(started.pid);
  StartKeeper();
  client_ = std::make_unique<KeeperClient>(state_.path());
  const wire::TaskInfo info = client_->List()[0].info;
  EXPECT_EQ(info.exit.state, static_cast<int32_t>(wire::ExitState::unknown));
  EXPECT_EQ(info.is_populated, 0);
  EXPECT_TRUE(IsAlive(child));
  kill(child, SIGKILL);
  AwaitEnd(child);
  client_->Forget("task");
}

TEST_F(KeeperTree, OfAnotherBootIsLostAndNothingIsSignalled) {
  const wire::Started started = StartTree("exec sleep 1000");
  client_.reset();
  keeper_->Kill();
  const pid_t holder = state_.Named("holder.lock");
  kill(holder, SIGKILL);
  AwaitEnd(holder);
  const UniqueFd tasks(
      open((state_.path() + "/tasks").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  StartRecord record;
  ASSERT_EQ(ReadStart(tasks.get(), started.serial, &record), 0);
  ++record.boot_id[0];
  ASSERT_EQ(WriteStart(tasks.get(), record), 0);
  StartKeeper();
  client_ = std::make_unique<KeeperClient>(state_.path());
  const wire::TaskInfo info = client_->List()[0].info;
  EXPECT_EQ(info.exit.state, static_cast<int32_t>(wire::ExitState::lost));
  EXPECT_EQ(info.is_populated, 0);
  EXPECT_TRUE(IsAlive(started.pid));
  kill(started.pid, SIGKILL);
  AwaitEnd(started.reaper_pid);
  client_->Forget("task");
}

TEST_F(KeeperTree, HasSessionsInTreesOfTheirOwn) {
  const wire::Started task = StartTree("exec sleep 1000");
  const wire::Started session = ExecTree(Daemon() + "exit 7");
  const pid_t daemon = DaemonPid();
  EXPECT_NE(session.reaper_pid, task.reaper_pid);
  EXPECT_EQ(ParentOf(session.reaper_pid), ParentOf(task.reaper_pid));
  EXPECT_EQ(client_->AwaitSessionExit(session.serial).exit.code, 7);
  EXPECT_EQ(client_->List()[1].attachment, "its mark");
  // Forgotten, it leaves what it has left to the task, for later keepers too.
  EXPECT_EQ(client_->Answer(client_->SendForgetSession("task", session.serial)).kind,
            wire::ClientKind::done);
  Restart();
  EXPECT_TRUE(IsAlive(daemon));
  EXPECT_EQ(Stop({}).survivor_count, 0);
  EXPECT_FALSE(IsAlive(daemon));
  client_->Forget("task");
  Await("all records are gone", [&] { return state_.Tasks().empty(); });
}

TEST_F(KeeperTree, StopsASessionAlone) {
  const wire::Started task = StartTree("exec sleep 1000");
  const wire::Started session = ExecTree(Daemon() + "exec sleep 1000");
  const pid_t daemon = DaemonPid();
  EXPECT_EQ(client_->Answer(client_->SendStop("task", {}, kLong, session.serial)).kind,
            wire::ClientKind::stopped);
  EXPECT_FALSE(IsAlive(daemon));
  EXPECT_FALSE(IsAlive(session.reaper_pid));
  EXPECT_TRUE(IsAlive(task.pid));
  client_->Answer(client_->SendForgetSession("task", session.serial));
  EndTask();
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperTree, IsRefusedWithGroupsOfItsOwn) {
  ShellPlan plan("exit 0");
  KeptTask task;
  task.is_tree = true;
  task.v1_groups = {{"memory", "/sys/fs/cgroup/memory/x"}};
  EXPECT_EQ(client_->Fail(client_->SendStart(MakeStart(&plan, task), task)).reason,
            static_cast<int32_t>(wire::Reason::malformed));
  EXPECT_TRUE(state_.Tasks().empty());
}

TEST_F(KeeperTree, IsRefusedAsASessionBesideGroups) {
  StartTask();
  ShellPlan plan("exit 0");
  KeptTask session = Beside("task");
  session.is_tree = true;
  EXPECT_EQ(client_->Fail(client_->SendStart(MakeStart(&plan, session), session)).reason,
            static_cast<int32_t>(wire::Reason::malformed));
  client_ = std::make_unique<KeeperClient>(state_.path());
  EndTask();
}

}  // namespace
}  // namespace raw_exec::test
