// The reading half of plan_wire.h, apart from the writing half because the forker has no libc.
#include "plan_wire.h"

namespace raw_exec {
namespace {

template <typename T>
void Relocate(char* blob, T*& pointer) {
  if (pointer == nullptr) return;
  pointer = reinterpret_cast<T*>(blob + reinterpret_cast<size_t>(pointer));
}

template <typename T>
void RelocateTable(char* blob, T* const* table) {
  T** entries = const_cast<T**>(table);
  for (int i = 0; entries[i] != nullptr; ++i) Relocate(blob, entries[i]);
}

}  // namespace

SpawnPlan* RelocatePlan(char* blob) noexcept {
  SpawnPlan* plan = reinterpret_cast<SpawnPlan*>(blob);
  Relocate(blob, plan->file);
  Relocate(blob, plan->argv);
  RelocateTable(blob, plan->argv);
  Relocate(blob, plan->envp);
  RelocateTable(blob, plan->envp);
  Relocate(blob, plan->cwd);
  Relocate(blob, plan->network_namespace);
  Relocate(blob, plan->oom_score_adj);
  Relocate(blob, plan->cgroup_v2_procs);
  Relocate(blob, plan->cgroup_v1);
  RelocateTable(blob, plan->cgroup_v1);
  Relocate(blob, plan->rlimits);
  Relocate(blob, plan->cpu_mask);
  Relocate(blob, plan->groups);
  Relocate(blob, plan->stdio);
  StdioSlot* slots = const_cast<StdioSlot*>(plan->stdio);
  for (int i = 0; i < plan->stdio_count; ++i) Relocate(blob, slots[i].path);
  return plan;
}

}  // namespace raw_exec
