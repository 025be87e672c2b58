#include "seed_plan.h"

#include <fcntl.h>

#include "../../native/core/plan_wire.h"

namespace raw_exec::fuzz {
namespace {

char program[] = "/bin/prog";
char argument[] = "one";
char variable[] = "A=1";
char* const argv[] = {program, argument, nullptr};
char* const envp[] = {variable, nullptr};
const char* const v1_groups[] = {"/a/b", nullptr};
constexpr Rlimit kLimits[] = {{7, 0, 10, 20}};
constexpr uint64_t kMask[] = {5};
constexpr gid_t kGroups[] = {1, 22};
constexpr StdioSlot kStdio[] = {{StdioSource::closed, -1, nullptr, 0, 0},
                                {StdioSource::file, -1, "/dev/null", O_WRONLY, 0600}};

SpawnRequest MakeRequest() {
  SpawnRequest request;
  SpawnPlan& plan = request.plan;
  request.exec_deadline_ms = 1000;
  plan.process_group = -1;
  plan.umask = 022;
  plan.file = program;
  plan.argv = argv;
  plan.envp = envp;
  plan.cwd = "/usr";
  plan.oom_score_adj = "12";
  plan.cgroup_v1 = v1_groups;
  plan.cgroup_v1_count = 1;
  plan.rlimits = kLimits;
  plan.rlimit_count = 1;
  plan.cpu_mask = kMask;
  plan.cpu_mask_words = 1;
  plan.groups = kGroups;
  plan.group_count = 2;
  plan.stdio = kStdio;
  plan.stdio_count = 2;
  return request;
}

}  // namespace

const SpawnRequest& SeedRequest() {
  static const SpawnRequest request = MakeRequest();
  return request;
}

std::string SeedPlan() {
  const SpawnPlan& plan = SeedRequest().plan;
  std::string bytes(PlanWriter(nullptr, 0).Write(plan), '\0');
  PlanWriter(bytes.data(), bytes.size()).Write(plan);
  return bytes;
}

}  // namespace raw_exec::fuzz
