#include "plan_wire.h"

#include <cstring>

namespace raw_exec {
namespace {

template <typename T>
T* AsPointer(size_t offset) {
  return reinterpret_cast<T*>(offset);
}

}  // namespace

size_t PlanWriter::Reserve(size_t size, size_t alignment) {
  const size_t at = (used_ + alignment - 1) / alignment * alignment;
  used_ = at + size;
  return at;
}

size_t PlanWriter::PutBytes(const void* bytes, size_t size, size_t alignment) {
  const size_t at = Reserve(size, alignment);
  if (used_ <= capacity_ && size > 0) std::memcpy(buffer_ + at, bytes, size);
  return at;
}

size_t PlanWriter::PutString(const char* text) {
  return text == nullptr ? 0 : PutBytes(text, std::strlen(text) + 1, 1);
}

// The table first, closed by a null pointer, then the strings.
size_t PlanWriter::PutStrings(char* const* strings, size_t count) {
  const size_t table = Reserve((count + 1) * sizeof(char*), alignof(char*));
  for (size_t i = 0; i <= count; ++i) {
    const size_t offset = i == count ? 0 : PutString(strings[i]);
    const char* entry = AsPointer<const char>(offset);
    const size_t at = table + i * sizeof(char*);
    if (at + sizeof(char*) <= capacity_) std::memcpy(buffer_ + at, &entry, sizeof(entry));
  }
  return table;
}

size_t PlanWriter::Write(const SpawnPlan& plan) {
  SpawnPlan copy = plan;
  Reserve(sizeof(copy), alignof(SpawnPlan));
  const auto count = [](char* const* strings) {
    size_t n = 0;
    while (strings[n] != nullptr) ++n;
    return n;
  };
  copy.file = AsPointer<const char>(PutString(plan.file));
  copy.argv = AsPointer<char* const>(PutStrings(plan.argv, count(plan.argv)));
  copy.envp = AsPointer<char* const>(PutStrings(plan.envp, count(plan.envp)));
  copy.cwd = AsPointer<const char>(PutString(plan.cwd));
  copy.network_namespace = AsPointer<const char>(PutString(plan.network_namespace));
  copy.oom_score_adj = AsPointer<const char>(PutString(plan.oom_score_adj));
  copy.cgroup_v2_procs = AsPointer<const char>(PutString(plan.cgroup_v2_procs));
  copy.cgroup_v1 = AsPointer<const char* const>(PutStrings(
      const_cast<char* const*>(plan.cgroup_v1), static_cast<size_t>(plan.cgroup_v1_count)));
  copy.rlimits = AsPointer<const Rlimit>(
      PutBytes(plan.rlimits, static_cast<size_t>(plan.rlimit_count) * sizeof(Rlimit), 8));
  copy.cpu_mask = AsPointer<const uint64_t>(
      PutBytes(plan.cpu_mask, static_cast<size_t>(plan.cpu_mask_words) * sizeof(uint64_t), 8));
  copy.groups = AsPointer<const gid_t>(
      PutBytes(plan.groups, static_cast<size_t>(plan.group_count) * sizeof(gid_t), 8));
  const size_t stdio = Reserve(static_cast<size_t>(plan.stdio_count) * sizeof(StdioSlot), 8);
  int descriptors = 0;
  int logs = 0;
  for (int i = 0; i < plan.stdio_count; ++i) {
    const StdioSlot& slot = plan.stdio[i];
    if (slot.source == StdioSource::descriptor && slot.fd != kLoggedSlot) ++logs;
  }
  for (int i = 0; i < plan.stdio_count; ++i) {
    StdioSlot slot = plan.stdio[i];
    if (slot.source == StdioSource::descriptor) {
      slot.fd = slot.fd == kLoggedSlot ? logs++ : descriptors++;
    }
    slot.path = AsPointer<const char>(PutString(slot.path));
    const size_t at = stdio + static_cast<size_t>(i) * sizeof(slot);
    if (at + sizeof(slot) <= capacity_) std::memcpy(buffer_ + at, &slot, sizeof(slot));
  }
  copy.stdio = AsPointer<const StdioSlot>(stdio);
  if (used_ <= capacity_) std::memcpy(buffer_, &copy, sizeof(copy));
  return used_;
}

}  // namespace raw_exec
