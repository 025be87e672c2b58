// The memory that this process and its forkers share: where children report, and where those that
// nobody waits for leave their numbers.
#pragma once

#include <cstdint>

#include "plan_wire.h"
#include "unique_fd.h"

namespace raw_exec {

// Not for use by two threads at once.
class ForkerReports {
 public:
  // Mapped once and kept when the forker is replaced: other threads may be waiting on their
  // reports. False without memory.
  bool Ensure();
  int memfd() const { return memfd_.get(); }
  SpawnReport* at(int slot) { return &memory_->reports[slot]; }

  // A report that is nobody's, made ready for one start: only a child of that start may claim it.
  // -1: all are in use.
  int Take(int32_t* claim);
  void GiveBack(int slot) { in_use_ &= ~(uint64_t{1} << slot); }

  // The pid of the child that has claimed the report, or 0; then it is too late for one to do so.
  // To be asked when the forker was lost and may have cloned before.
  int32_t PidOrRevoke(int slot);

  // Reaps children that were too late (RunChild in forker.cc).
  void ReapLate();

 private:
  UniqueFd memfd_;
  ForkerMemory* memory_ = nullptr;
  uint64_t in_use_ = 0;
  uint32_t reaped_ = 0;
  int32_t last_claim_ = 0;
};

}  // namespace raw_exec
