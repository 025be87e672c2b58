#include "report_slots.h"

#include <sys/mman.h>

#include <bit>

namespace raw_exec {

ReportSlots::ReportSlots() {
  // Pages that no start has needed yet cost nothing.
  void* memory = mmap(nullptr, kCount * sizeof(SpawnReport), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) reports_ = static_cast<SpawnReport*>(memory);
}

ReportSlots::~ReportSlots() {
  if (reports_ != nullptr) munmap(reports_, kCount * sizeof(SpawnReport));
}

int ReportSlots::Take() {
  for (int word = 0; word < kCount / kPerWord; ++word) {
    const int bit = std::countr_one(taken_[word]);
    if (bit == kPerWord) continue;
    taken_[word] |= uint64_t{1} << bit;
    const int slot = word * kPerWord + bit;
    reports_[slot] = {static_cast<int32_t>(Step::clone), 0, -1, 0};
    return slot;
  }
  return -1;
}

void ReportSlots::Give(int slot) { taken_[slot / kPerWord] &= ~(uint64_t{1} << (slot % kPerWord)); }

}  // namespace raw_exec
