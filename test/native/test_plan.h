// Builds plans for tests and runs them to their end.
#pragma once

#include <string>
#include <vector>

#include "../../native/core/spawn.h"
#include "../../native/core/wait.h"

namespace raw_exec::test {

// A start that owns what its plan points to. Everything that is not asked for stays as in the
// parent.
class TestPlan {
 public:
  // argv[0] is the file too.
  explicit TestPlan(std::vector<std::string> argv);
  TestPlan(const TestPlan&) = delete;
  TestPlan& operator=(const TestPlan&) = delete;

  std::vector<std::string> env;
  std::vector<StdioSlot> stdio;
  SpawnRequest request;

  SpawnPlan& plan() { return request.plan; }
  void ExecuteFile(const std::string& file) { file_ = file; }
  // With all pointers filled in; they hold as long as this object is not changed.
  const SpawnRequest& Finish();

 private:
  std::string file_;
  std::vector<std::string> argv_;
  std::vector<char*> argv_pointers_;
  std::vector<char*> env_pointers_;
};

StdioSlot Descriptor(int fd);
StdioSlot Closed();
StdioSlot File(const char* path, int flags, uint32_t mode = 0);

struct Outcome {
  SpawnResult result;
  ExitInfo exit;
  std::string output;  // what the process wrote to its slot 1
};

// Slot 1 becomes a pipe; slots 0 and 2, unless given, are those of the test. Reaps the process when
// it was started.
Outcome RunToEnd(TestPlan* plan);

// The program that tells what it has got: see probe.cc.
std::string ProbePath();

// The value of a line "key: value" in a probe's output; "(none)" without such a line.
std::string Field(const std::string& output, const std::string& key);

}  // namespace raw_exec::test
