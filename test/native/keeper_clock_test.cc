// Keeper, holder and pump while the clock of the day jumps by decades at each look: times that are
// told jump with it, and nothing else does.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kYearNs = int64_t{365} * 24 * 3600 * kNsPerSecond;
// Nothing here takes so long; a deadline of the jumping clock takes years, or no time at all.
constexpr int64_t kLongNs = 600 * kNsPerSecond;

int64_t Distance(int64_t one, int64_t other) { return one > other ? one - other : other - one; }

int64_t Now() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * kNsPerSecond + now.tv_nsec;
}

class KeeperClock : public testing::Test {
 protected:
  StateFolder state_;
  KeeperProcess keeper_{state_.path(), RAW_EXEC_JUMPING_KEEPER, {}};
  KeeperClient client_{state_.path()};
};

TEST_F(KeeperClock, JumpsWhereItIsTold) {
  ShellPlan plan("exit 0");
  const wire::Started started = client_.Start(&plan, {});
  EXPECT_GT(Distance(started.started_at_ns, Now()), 9 * kYearNs);
  client_.AwaitExit("task");
  client_.Forget("task");
}

TEST_F(KeeperClock, IsNotThatOfALaddersSteps) {
  const std::string ready = state_.path() + "/ready";
  ShellPlan plan("trap '' TERM; >" + ready + "; while :; do sleep 0.01; done");
  client_.Start(&plan, {});
  Await("it ignores the step's signal", [&] { return access(ready.c_str(), F_OK) == 0; });
  constexpr int kGraceMs = 300;
  const KeeperMessage answer =
      client_.Answer(client_.SendStop("task", {{SIGTERM, 0, kGraceMs}}, 60'000));
  wire::MessageReader reader = answer.Read();
  wire::Stopped stopped = {};
  wire::StepReport step = {};
  ASSERT_TRUE(reader.Take(&stopped) && reader.Take(&step));
  EXPECT_EQ(stopped.survivor_count, 0);
  EXPECT_EQ(step.has_ended, 0);
  EXPECT_GE(step.waited_ns, int64_t{kGraceMs} * 1'000'000);
  EXPECT_LT(step.waited_ns, kLongNs);
  EXPECT_EQ(client_.AwaitExit("task").exit.signal, SIGKILL);
  client_.Forget("task");
}

TEST_F(KeeperClock, IsNotThatOfAStartsDeadline) {
  const std::string fifo = state_.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ShellPlan plan("exit 0");
  plan.stdio[0] = File(fifo.c_str(), O_RDONLY);  // which nobody opens for writing
  StartMessage message = MakeStart(&plan, {});
  message.fixed.exec_deadline_ms = 200;
  const wire::Failed failed = client_.Fail(client_.SendStart(message, {}));
  EXPECT_EQ(failed.error, ETIMEDOUT);
  EXPECT_TRUE(client_.List().empty());
}

TEST_F(KeeperClock, IsNotThatOfADurationNorOfALog) {
  const std::string logs = state_.path() + "/logs";
  ASSERT_EQ(mkdir(logs.c_str(), 0700), 0);
  KeptTask task;
  task.logs[0].spec = {1, 0, 0, 5, 1 << 20, 0600, getuid(), getgid(), 0};
  task.logs[0].directory = logs;
  task.logs[0].name = "out";
  ShellPlan plan("i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo $i; done; sleep 0.1; echo last");
  plan.stdio[1] = Descriptor(-1);
  client_.Start(&plan, task);
  const wire::ExitFacts facts = client_.AwaitExit("task").exit;
  EXPECT_GE(facts.duration_ns, kNsPerSecond / 10);
  EXPECT_LT(facts.duration_ns, kLongNs);
  Await("its log is complete", [&] {
    std::ifstream file(logs + "/out.0");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str().find("100\nlast\n") != std::string::npos;
  });
  client_.Forget("task");
}

}  // namespace
}  // namespace raw_exec::test
