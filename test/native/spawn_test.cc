// What a start gives, by every way in which it can be made.
#include "../../native/core/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "engine_variants.h"
#include "test_plan.h"

namespace raw_exec::test {
namespace {

class Spawn : public EveryVariant {};

TEST_P(Spawn, TellsTheExitCodeAndUsesTheExpectedPath) {
  TestPlan plan({ProbePath(), "7"});
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  ASSERT_EQ(outcome.result.error, 0);
  EXPECT_EQ(outcome.result.path, GetParam().path);
  EXPECT_GT(outcome.result.pid, 0);
  EXPECT_EQ(outcome.exit.code, 7);
  EXPECT_EQ(outcome.exit.signal, 0);
  EXPECT_EQ(Field(outcome.output, "pid"), std::to_string(outcome.result.pid));
  EXPECT_EQ(Field(outcome.output, "ppid"), std::to_string(getpid()));
}

TEST_P(Spawn, PassesArgumentsAndExactlyTheGivenEnvironment) {
  TestPlan plan({ProbePath(), "0", "", "two words"});
  plan.env = {"A=1", "EMPTY="};
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  EXPECT_EQ(Field(outcome.output, "argv0"), ProbePath());
  EXPECT_EQ(Field(outcome.output, "argv2"), "");
  EXPECT_EQ(Field(outcome.output, "argv3"), "two words");
  EXPECT_NE(outcome.output.find("env: A=1\nenv: EMPTY=\n"), std::string::npos);
}

TEST_P(Spawn, LeavesNoSignalBlockedIgnoredOrCaught) {
  struct sigaction ignore = {};
  struct sigaction previous = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &previous);
  sigset_t blocked;
  sigset_t old_mask;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &old_mask);

  TestPlan plan({ProbePath()});
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);

  sigset_t mask_after;
  pthread_sigmask(SIG_SETMASK, &old_mask, &mask_after);
  sigaction(SIGPIPE, &previous, nullptr);
  EXPECT_EQ(Field(outcome.output, "blocked"), "0000000000000000");
  EXPECT_EQ(Field(outcome.output, "ignored"), "0000000000000000");
  EXPECT_EQ(Field(outcome.output, "caught"), "0000000000000000");
  EXPECT_EQ(sigismember(&mask_after, SIGTERM), 1) << "the caller's own mask is what it was";
}

TEST_P(Spawn, GivesExactlyTheDescriptorsOfThePlan) {
  const UniqueFd low(
      open("/dev/null", O_RDONLY));  // without O_CLOEXEC: inherited by a careless start
  const UniqueFd high(fcntl(low.get(), F_DUPFD, 900));
  TestPlan plan({ProbePath()});
  plan.stdio = {Descriptor(high.get()), Descriptor(1), Closed(),
                Descriptor(low.get()),  Closed(),      Descriptor(high.get())};
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  ASSERT_EQ(outcome.result.error, 0);
  EXPECT_EQ(Field(outcome.output, "fds"), "0 1 3 5");
}

TEST_P(Spawn, AppliesWhatThePlanAsksFor) {
  const Rlimit limits[] = {{RLIMIT_NOFILE, 0, 99, 99}, {RLIMIT_CORE, 0, 0, 0}};
  const uint64_t first_cpu = 1;
  TestPlan plan({ProbePath()});
  plan.plan().cwd = "/usr";
  plan.plan().umask = 027;
  plan.plan().oom_score_adj = "321";
  plan.plan().nice = 5;
  plan.plan().set_nice = true;
  plan.plan().no_new_privs = true;
  plan.plan().process_group = 0;
  plan.plan().rlimits = limits;
  plan.plan().rlimit_count = 2;
  plan.plan().cpu_mask = &first_cpu;
  plan.plan().cpu_mask_words = 1;
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  ASSERT_EQ(outcome.result.error, 0);
  EXPECT_EQ(Field(outcome.output, "cwd"), "/usr");
  EXPECT_EQ(Field(outcome.output, "umask"), "27");
  EXPECT_EQ(Field(outcome.output, "oom"), "321");
  EXPECT_EQ(Field(outcome.output, "nice"), "5");
  EXPECT_EQ(Field(outcome.output, "nonewprivs"), "1");
  EXPECT_EQ(Field(outcome.output, "nofile"), "99 99");
  EXPECT_EQ(Field(outcome.output, "core"), "0");
  EXPECT_EQ(Field(outcome.output, "cpus"), "1");
  EXPECT_EQ(Field(outcome.output, "pgid"), std::to_string(outcome.result.pid));
}

TEST_P(Spawn, LeadsASessionWhenAsked) {
  TestPlan plan({ProbePath()});
  plan.plan().new_session = true;
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  EXPECT_EQ(Field(outcome.output, "sid"), std::to_string(outcome.result.pid));
}

TEST_P(Spawn, ArmsTheParentDeathSignal) {
  TestPlan plan({ProbePath()});
  plan.plan().parent_death_signal = SIGTERM;
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  ASSERT_EQ(outcome.result.error, 0);
  EXPECT_EQ(Field(outcome.output, "pdeathsig"), std::to_string(SIGTERM));
}

TEST_P(Spawn, OpensFilesForSlotsInTheChild) {
  char name[] = "/tmp/raw-exec-core-XXXXXX";
  const UniqueFd made(mkstemp(name));
  TestPlan plan({"/bin/sh", "-c", "echo to-the-file >&2"});
  plan.stdio = {Descriptor(0), Descriptor(1), File(name, O_WRONLY | O_APPEND)};
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  char text[64] = {};
  const ssize_t size = read(made.get(), text, sizeof(text));
  unlink(name);
  EXPECT_EQ(outcome.result.error, 0);
  EXPECT_EQ(std::string(text, static_cast<size_t>(size < 0 ? 0 : size)), "to-the-file\n");
}

TEST_P(Spawn, TellsTheSignalThatEndedAProcess) {
  TestPlan plan({"/bin/sh", "-c", "kill -KILL $$"});
  Prepare(&plan);
  const Outcome outcome = RunToEnd(&plan);
  EXPECT_EQ(outcome.exit.code, -1);
  EXPECT_EQ(outcome.exit.signal, SIGKILL);
}

INSTANTIATE_TEST_SUITE_P(Engine, Spawn, testing::ValuesIn(AllVariants()), VariantName);

}  // namespace
}  // namespace raw_exec::test
