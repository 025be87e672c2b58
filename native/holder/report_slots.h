// Memory into which children write how far they have come: shared with each of them by the clone.
#pragma once

#include <cstdint>

#include "../core/spawn_plan.h"

namespace raw_exec {

class ReportSlots {
 public:
  static constexpr int kCount = 1024;

  ReportSlots();
  ~ReportSlots();
  ReportSlots(const ReportSlots&) = delete;
  ReportSlots& operator=(const ReportSlots&) = delete;

  explicit operator bool() const { return reports_ != nullptr; }

  // A report at its beginning; -1 when all are in use.
  int Take();
  // Only once the child cannot write to it any more.
  void Give(int slot);

  volatile SpawnReport* report(int slot) const { return reports_ + slot; }

 private:
  static constexpr int kPerWord = 64;

  SpawnReport* reports_ = nullptr;
  uint64_t taken_[kCount / kPerWord] = {};
};

}  // namespace raw_exec
