// Low descriptors, reserved early. The fast path shares the descriptor table with its child, which
// then keeps only what lies below the highest descriptor that it needs: the lower these are, the
// less is copied, however many the parent holds.
#pragma once

#include <atomic>
#include <memory>

#include "spawn_plan.h"

namespace raw_exec {

class FdSlots {
 public:
  static constexpr int kCount = 8;
  // Descriptors below this are taken as they are: one word of the kernel's bitmap.
  static constexpr int kDirect = 64;

  // The process's slots, reserved at the first call.
  static FdSlots& Get();

  // /dev/null, open for reading and writing; -1 when it could not be opened.
  int null_fd() const { return null_fd_; }

 private:
  friend class SlotLease;
  FdSlots();

  // A lock that is never waited for; libc's own try needs glibc 2.34.
  std::atomic<bool> is_taken_{false};
  int null_fd_ = -1;
  int slots_[kCount] = {};
};

// Moves the high descriptors of a plan's stdio into slots, and puts /dev/null back into them at the
// end: a duplicate of a pipe's end that stayed behind would mean that EOF never comes. Holds the
// process-wide lock only if slots are used.
class SlotLease {
 public:
  SlotLease() = default;
  ~SlotLease();
  SlotLease(const SlotLease&) = delete;
  SlotLease& operator=(const SlotLease&) = delete;

  // Points the plan at a copy of its stdio whose high descriptors are slots. Returns the first
  // descriptor that the child does not need, or 0 when there are more high descriptors than slots
  // or another start uses these: then the table must not be shared.
  int Move(SpawnPlan* plan);

 private:
  FdSlots* slots_ = nullptr;
  int used_ = 0;
  std::unique_ptr<StdioSlot[]> moved_;
};

}  // namespace raw_exec
