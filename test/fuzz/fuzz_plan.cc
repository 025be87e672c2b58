// A plan that came from elsewhere: what passes the check can be relocated and read to its end.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "../../native/core/plan_check.h"
#include "../../native/core/plan_wire.h"
#include "../../native/holder/plan_buffer.h"
#include "decoders.h"
#include "surroundings.h"

namespace raw_exec::fuzz {
namespace {

constexpr int kStdioFds[] = {0, 1, 2};

size_t LengthOf(char* const* table) {
  size_t length = 0;
  for (; *table != nullptr; ++table) length += std::strlen(*table);
  return length;
}

// Reads all that a child would read.
size_t Use(const SpawnPlan& plan) {
  size_t sum = std::strlen(plan.file) + LengthOf(plan.argv) + LengthOf(plan.envp);
  for (const char* text :
       {plan.cwd, plan.network_namespace, plan.oom_score_adj, plan.cgroup_v2_procs}) {
    if (text != nullptr) sum += std::strlen(text);
  }
  for (int i = 0; i < plan.cgroup_v1_count; ++i) sum += std::strlen(plan.cgroup_v1[i]);
  for (int i = 0; i < plan.rlimit_count; ++i) sum += plan.rlimits[i].soft;
  for (int i = 0; i < plan.cpu_mask_words; ++i) sum += plan.cpu_mask[i];
  for (int i = 0; i < plan.group_count; ++i) sum += plan.groups[i];
  for (int i = 0; i < plan.stdio_count; ++i) {
    const StdioSlot& slot = plan.stdio[i];
    if (slot.source == StdioSource::file) sum += std::strlen(slot.path);
    if (slot.source == StdioSource::descriptor) sum += static_cast<size_t>(slot.fd);
  }
  return sum;
}

// As the holder takes it: from a sealed memfd.
void LoadFromMemfd(const std::string& bytes, int descriptor_count, bool is_sound) {
  const UniqueFd memfd(memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
  if (!memfd ||
      write(memfd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      fcntl(memfd.get(), F_ADD_SEALS, kSeals) != 0) {
    GiveUp("make a memfd");
  }
  PlanBuffer buffer;
  int error = 0;
  const SpawnPlan* plan =
      buffer.Load(memfd.get(), bytes.size(), kStdioFds, descriptor_count, &error);
  if ((plan != nullptr) != is_sound) __builtin_trap();  // both readers are of one mind
  if (plan != nullptr) (void)Use(*plan);
}

}  // namespace

void FuzzPlan(const Input& input) {
  const int count = input.descriptor_count();
  const size_t size = input.bytes.size();
  // Memory of exactly this size, so that a step beyond it is seen, aligned as the mapping is.
  const std::unique_ptr<uint64_t[]> memory(new uint64_t[(size + 7) / 8]);
  char* const blob = reinterpret_cast<char*>(memory.get());
  std::memcpy(blob, input.bytes.data(), size);
  const bool is_sound = CheckPlan(blob, size, count) == nullptr;
  if (is_sound) (void)Use(*RelocatePlan(blob));
  LoadFromMemfd(input.bytes, count, is_sound);
}

}  // namespace raw_exec::fuzz
