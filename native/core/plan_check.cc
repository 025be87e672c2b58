#include "plan_check.h"

#include <sys/resource.h>

#include <cstdint>
#include <cstring>

#include "plan_wire.h"

namespace raw_exec {
namespace {

// Goes through a plan in the order in which PlanWriter has put it together. Every part must lie
// where the writer would have put it.
class PlanCursor {
 public:
  PlanCursor(const char* blob, size_t size) : blob_(blob), size_(size) {}

  template <typename T>
  bool Block(const T* pointer, size_t count, size_t alignment) {
    const size_t at = Aligned(alignment);
    if (Offset(pointer) != at || at > size_ || count > (size_ - at) / sizeof(T)) return false;
    used_ = at + count * sizeof(T);
    return true;
  }

  // nullptr is no string, which not all may be.
  bool OptionalString(const char* pointer) { return pointer == nullptr || String(pointer); }

  bool String(const char* pointer) {
    if (Offset(pointer) != used_ || used_ >= size_) return false;
    const void* end = std::memchr(blob_ + used_, '\0', size_ - used_);
    if (end == nullptr) return false;
    used_ = static_cast<size_t>(static_cast<const char*>(end) - blob_) + 1;
    return true;
  }

  // A table that a null pointer closes, then its strings. Tells how many there are.
  bool Strings(const void* table, size_t* count) {
    const size_t at = Aligned(alignof(char*));
    if (Offset(table) != at || at > size_) return false;
    const size_t room = (size_ - at) / sizeof(char*);
    size_t n = 0;
    while (n < room && Entry(at, n) != nullptr) ++n;
    if (n == room) return false;
    used_ = at + (n + 1) * sizeof(char*);
    for (size_t i = 0; i < n; ++i) {
      if (!String(Entry(at, i))) return false;
    }
    *count = n;
    return true;
  }

  bool IsAtEnd() const { return used_ == size_; }

  // Element `index` of a block that was found to be there.
  template <typename T>
  T Read(const T* pointer, size_t index) const {
    T value = {};
    std::memcpy(&value, blob_ + Offset(pointer) + index * sizeof(T), sizeof(T));
    return value;
  }

 private:
  static size_t Offset(const void* pointer) { return reinterpret_cast<size_t>(pointer); }

  size_t Aligned(size_t alignment) const { return (used_ + alignment - 1) / alignment * alignment; }

  const char* Entry(size_t table, size_t index) const {
    const char* entry = nullptr;
    std::memcpy(&entry, blob_ + table + index * sizeof(entry), sizeof(entry));
    return entry;
  }

  const char* blob_;
  size_t size_;
  size_t used_ = sizeof(SpawnPlan);
};

bool IsIn(int64_t value, int64_t low, int64_t high) { return value >= low && value <= high; }

// To look at a bool that holds neither 0 nor 1 is undefined: its byte is looked at first.
bool AreBooleans(const char* blob) {
  constexpr size_t kBooleans[] = {
      offsetof(SpawnPlan, new_session),     offsetof(SpawnPlan, controlling_terminal),
      offsetof(SpawnPlan, no_new_privs),    offsetof(SpawnPlan, set_nice),
      offsetof(SpawnPlan, set_groups),      offsetof(SpawnPlan, set_gid),
      offsetof(SpawnPlan, set_uid),         offsetof(SpawnPlan, has_close_range),
      offsetof(SpawnPlan, handlers_cleared)};
  for (const size_t offset : kBooleans) {
    const unsigned char byte = static_cast<unsigned char>(blob[offset]);
    if (byte > 1) return false;
  }
  return true;
}

const char* CheckNumbers(const SpawnPlan& plan) {
  if (!IsIn(plan.stdio_count, 0, kMaxStdio)) return "stdio_count";
  if (!IsIn(plan.rlimit_count, 0, kMaxRlimits)) return "rlimit_count";
  if (!IsIn(plan.cgroup_v1_count, 0, kMaxV1Groups)) return "cgroup_v1_count";
  if (!IsIn(plan.cpu_mask_words, 0, kMaxCpuMaskWords)) return "cpu_mask_words";
  if (!IsIn(plan.group_count, 0, kMaxGroups)) return "group_count";
  if (plan.process_group < -1) return "process_group";
  if (!IsIn(plan.umask, -1, 0777)) return "umask";
  // Both are about the process that clones, which is not the one that wrote the plan.
  if (plan.parent_death_signal != 0) return "parent_death_signal";
  if (plan.unshare_from != 0) return "unshare_from";
  return nullptr;
}

const char* CheckStdio(PlanCursor* cursor, const SpawnPlan& plan, int descriptor_count) {
  const size_t count = static_cast<size_t>(plan.stdio_count);
  if (!cursor->Block(plan.stdio, count, 8)) return "stdio";
  for (size_t i = 0; i < count; ++i) {
    const StdioSlot slot = cursor->Read(plan.stdio, i);
    switch (slot.source) {
      case StdioSource::descriptor:
        if (!IsIn(slot.fd, 0, descriptor_count - 1)) return "stdio.fd";
        break;
      case StdioSource::file:
        if (slot.path == nullptr) return "stdio.path";
        break;
      case StdioSource::closed:
        break;
      default:
        return "stdio.source";
    }
    if (!cursor->OptionalString(slot.path)) return "stdio.path";
  }
  return nullptr;
}

const char* CheckTexts(PlanCursor* cursor, const SpawnPlan& plan) {
  size_t count = 0;
  if (!cursor->String(plan.file)) return "file";
  if (!cursor->Strings(plan.argv, &count) || count == 0) return "argv";
  if (!cursor->Strings(plan.envp, &count)) return "envp";
  if (!cursor->OptionalString(plan.cwd)) return "cwd";
  if (!cursor->OptionalString(plan.network_namespace)) return "network_namespace";
  if (!cursor->OptionalString(plan.oom_score_adj)) return "oom_score_adj";
  if (!cursor->OptionalString(plan.cgroup_v2_procs)) return "cgroup_v2_procs";
  if (!cursor->Strings(plan.cgroup_v1, &count)) return "cgroup_v1";
  if (count != static_cast<size_t>(plan.cgroup_v1_count)) return "cgroup_v1_count";
  return nullptr;
}

const char* CheckLists(PlanCursor* cursor, const SpawnPlan& plan) {
  const size_t limits = static_cast<size_t>(plan.rlimit_count);
  if (!cursor->Block(plan.rlimits, limits, 8)) return "rlimits";
  for (size_t i = 0; i < limits; ++i) {
    if (!IsIn(cursor->Read(plan.rlimits, i).resource, 0, RLIM_NLIMITS - 1)) return "rlimits";
  }
  if (!cursor->Block(plan.cpu_mask, static_cast<size_t>(plan.cpu_mask_words), 8)) return "cpu_mask";
  if (!cursor->Block(plan.groups, static_cast<size_t>(plan.group_count), 8)) return "groups";
  return nullptr;
}

}  // namespace

const char* CheckPlan(const char* blob, size_t size, int descriptor_count) {
  if (size < sizeof(SpawnPlan)) return "size";
  if (!AreBooleans(blob)) return "booleans";
  SpawnPlan plan = {};
  std::memcpy(&plan, blob, sizeof(plan));
  PlanCursor cursor(blob, size);
  const char* fault = CheckNumbers(plan);
  if (fault == nullptr) fault = CheckTexts(&cursor, plan);
  if (fault == nullptr) fault = CheckLists(&cursor, plan);
  if (fault == nullptr) fault = CheckStdio(&cursor, plan, descriptor_count);
  if (fault == nullptr && !cursor.IsAtEnd()) fault = "size";
  return fault;
}

}  // namespace raw_exec
