#include "test_plan.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "slowness.h"

namespace raw_exec::test {
namespace {

const int kDeadlineMs = 10'000 * Slowness();

std::vector<char*> Pointers(std::vector<std::string>* strings) {
  std::vector<char*> pointers;
  for (std::string& string : *strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(buffer, static_cast<size_t>(size));
  }
}

}  // namespace

TestPlan::TestPlan(std::vector<std::string> argv) : file_(argv.front()), argv_(std::move(argv)) {
  request.exec_deadline_ms = kDeadlineMs;
  plan().process_group = -1;
  plan().umask = -1;
}

const SpawnRequest& TestPlan::Finish() {
  argv_pointers_ = Pointers(&argv_);
  env_pointers_ = Pointers(&env);
  plan().file = file_.c_str();
  plan().argv = argv_pointers_.data();
  plan().envp = env_pointers_.data();
  plan().stdio = stdio.data();
  plan().stdio_count = static_cast<int32_t>(stdio.size());
  return request;
}

StdioSlot Descriptor(int fd) { return {StdioSource::descriptor, fd, nullptr, 0, 0}; }

StdioSlot Closed() { return {StdioSource::closed, -1, nullptr, 0, 0}; }

StdioSlot File(const char* path, int flags, uint32_t mode) {
  return {StdioSource::file, -1, path, flags, mode};
}

Outcome RunToEnd(TestPlan* plan) {
  Outcome outcome;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    outcome.result.FailAt(Step::prepare, errno);
    return outcome;
  }
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  for (int slot = static_cast<int>(plan->stdio.size()); slot < 3; ++slot) {
    plan->stdio.push_back(Descriptor(slot));
  }
  plan->stdio[1] = Descriptor(writer.get());
  SpawnContext context;
  outcome.result = context.Spawn(plan->Finish());
  writer.Reset();
  outcome.output = ReadAll(reader.get());
  if (outcome.result.error == 0) Reap(outcome.result.pid, &outcome.exit);
  return outcome;
}

std::string ProbePath() { return RAW_EXEC_PROBE; }

std::string Field(const std::string& output, const std::string& key) {
  const std::string start = key + ": ";
  size_t at = 0;
  while (at < output.size()) {
    const size_t end = output.find('\n', at);
    const std::string line = output.substr(at, end - at);
    if (line.compare(0, start.size(), start) == 0) return line.substr(start.size());
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return "(none)";
}

}  // namespace raw_exec::test
