#include "process_table.h"

#include <utility>

namespace raw_exec::addon {

// -1 when there are a million already.
int32_t ProcessTable::Add(LiveProcess process) {
  int32_t index = 0;
  if (free_.empty()) {
    index = static_cast<int32_t>(slots_.size());
    if (index > kIndexMask) return -1;
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[static_cast<size_t>(index)];
  slot.process = std::move(process);
  slot.is_used = true;
  ++size_;
  return slot.generation << kIndexBits | index;
}

LiveProcess* ProcessTable::Find(int32_t handle) {
  if (handle < 0) return nullptr;
  const size_t index = static_cast<size_t>(handle & kIndexMask);
  if (index >= slots_.size()) return nullptr;
  Slot& slot = slots_[index];
  const bool is_same = slot.is_used && slot.generation == handle >> kIndexBits;
  return is_same ? &slot.process : nullptr;
}

void ProcessTable::Remove(int32_t handle) {
  if (Find(handle) == nullptr) return;
  const int32_t index = handle & kIndexMask;
  Slot& slot = slots_[static_cast<size_t>(index)];
  slot.process = LiveProcess();
  slot.is_used = false;
  slot.generation = (slot.generation + 1) % kGenerations;
  free_.push_back(index);
  --size_;
}

}  // namespace raw_exec::addon
