#include "plan_check.h"

#include <cstring>

namespace raw_exec {
namespace {

constexpr size_t kAlignment = 8;

template <typename T>
size_t Offset(const T* pointer) {
  return reinterpret_cast<size_t>(pointer);
}

class Checker {
 public:
  Checker(const char* blob, size_t size) : blob_(blob), size_(size), unread_(size) {}

  // Behind the plan itself, so that relocating never changes a number that was checked.
  bool IsInside(size_t offset, size_t size) const {
    return offset >= sizeof(SpawnPlan) && offset <= size_ && size <= size_ - offset;
  }

  // No two texts of a written plan share bytes. A million that all point to one long text would
  // take minutes to look at, so all together may be as long as the block.
  bool IsText(size_t offset) {
    if (!IsInside(offset, 1)) return false;
    const size_t most = size_ - offset < unread_ ? size_ - offset : unread_;
    const void* end = std::memchr(blob_ + offset, '\0', most);
    if (end == nullptr) return false;
    unread_ -= static_cast<size_t>(static_cast<const char*>(end) - (blob_ + offset)) + 1;
    return true;
  }

  bool IsTextOrNone(size_t offset) { return offset == 0 || IsText(offset); }

  // A table of texts that ends with a null pointer; their number must be `count` unless that is -1.
  bool IsTable(size_t offset, int count = -1) {
    if (offset % kAlignment != 0) return false;
    for (int i = 0;; ++i, offset += sizeof(size_t)) {
      if (!IsInside(offset, sizeof(size_t))) return false;
      size_t entry = 0;
      std::memcpy(&entry, blob_ + offset, sizeof(entry));
      if (entry == 0) return count < 0 || i == count;
      if (!IsText(entry)) return false;
    }
  }

  template <typename T>
  bool IsArray(const T* pointer, int32_t count, int32_t most) const {
    const size_t offset = Offset(pointer);
    if (count < 0 || count > most || offset % kAlignment != 0) return false;
    return IsInside(offset, static_cast<size_t>(count) * sizeof(T));
  }

  bool IsSlot(size_t offset, int descriptor_count) {
    StdioSlot slot = {};
    std::memcpy(&slot, blob_ + offset, sizeof(slot));
    switch (slot.source) {
      case StdioSource::descriptor:
        return slot.fd >= 0 && slot.fd < descriptor_count && IsTextOrNone(Offset(slot.path));
      case StdioSource::file:
        return IsText(Offset(slot.path));
      case StdioSource::closed:
        return IsTextOrNone(Offset(slot.path));
    }
    return false;
  }

 private:
  const char* blob_;
  size_t size_;
  size_t unread_;
};

// Looked at as bytes: a bool that is neither true nor false must not even be read.
bool AreFlagsSound(const char* blob) {
  constexpr size_t kFirst = offsetof(SpawnPlan, new_session);
  constexpr size_t kLast = offsetof(SpawnPlan, handlers_cleared);
  static_assert(kLast - kFirst == 8, "the flags are the plan's last members");
  for (size_t at = kFirst; at <= kLast; ++at) {
    if (static_cast<unsigned char>(blob[at]) > 1) return false;
  }
  return true;
}

bool AreTextsSound(Checker* check, const SpawnPlan& plan) {
  return check->IsText(Offset(plan.file)) && check->IsTable(Offset(plan.argv)) &&
         check->IsTable(Offset(plan.envp)) && check->IsTextOrNone(Offset(plan.cwd)) &&
         check->IsTextOrNone(Offset(plan.network_namespace)) &&
         check->IsTextOrNone(Offset(plan.oom_score_adj)) &&
         check->IsTextOrNone(Offset(plan.cgroup_v2_procs));
}

bool AreListsSound(Checker* check, const SpawnPlan& plan) {
  return plan.cgroup_v1_count >= 0 && plan.cgroup_v1_count <= kMaxV1Groups &&
         check->IsTable(Offset(plan.cgroup_v1), plan.cgroup_v1_count) &&
         check->IsArray(plan.rlimits, plan.rlimit_count, kMaxRlimits) &&
         check->IsArray(plan.cpu_mask, plan.cpu_mask_words, kMaxCpuMaskWords) &&
         check->IsArray(plan.groups, plan.group_count, kMaxGroups) &&
         check->IsArray(plan.stdio, plan.stdio_count, kMaxStdio);
}

}  // namespace

bool IsPlanSound(const char* blob, size_t size, int descriptor_count) {
  if (size < sizeof(SpawnPlan) || size > kMaxPlanSize || !AreFlagsSound(blob)) return false;
  SpawnPlan plan = {};
  std::memcpy(&plan, blob, sizeof(plan));
  Checker check(blob, size);
  if (!AreTextsSound(&check, plan) || !AreListsSound(&check, plan)) return false;
  for (int i = 0; i < plan.stdio_count; ++i) {
    const size_t offset = Offset(plan.stdio) + static_cast<size_t>(i) * sizeof(StdioSlot);
    if (!check.IsSlot(offset, descriptor_count)) return false;
  }
  return plan.process_group >= -1 && plan.parent_death_signal >= 0 &&
         plan.parent_death_signal <= 64;
}

}  // namespace raw_exec
