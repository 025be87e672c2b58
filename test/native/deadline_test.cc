// The watchdog of the fast path never misses a deadline, not even one that passes before the child
// has a pidfd.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "test_plan.h"

namespace raw_exec::test {
namespace {

TEST(Deadline, ThatPassesBeforeTheCloneStillEndsTheChild) {
  char folder[] = "/tmp/raw-exec-deadline-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string fifo = std::string(folder) + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), S_IRUSR | S_IWUSR), 0);
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    TestPlan plan({ProbePath()});
    plan.stdio = {File(fifo.c_str(), O_RDONLY)};  // waits until somebody writes
    plan.request.exec_deadline_ms = 0;
    const Outcome outcome = RunToEnd(&plan);
    ASSERT_EQ(outcome.result.error, ETIMEDOUT);
    ASSERT_EQ(outcome.result.flags, kDeadline);
  }
  unlink(fifo.c_str());
  rmdir(folder);
}

}  // namespace
}  // namespace raw_exec::test
