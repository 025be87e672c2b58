#include "fd_slots.h"

#include <fcntl.h>
#include <unistd.h>

namespace raw_exec {

FdSlots& FdSlots::Get() {
  // Never destroyed: threads may still start processes while the process ends.
  static FdSlots* const slots = new FdSlots();
  return *slots;
}

FdSlots::FdSlots() {
  // 0 to 2 are never ours, even when the process was started without them.
  const int opened = open("/dev/null", O_RDWR | O_CLOEXEC);
  null_fd_ = opened < 0 ? -1 : fcntl(opened, F_DUPFD_CLOEXEC, 3);
  if (opened >= 0) close(opened);
  for (int& slot : slots_) {
    slot = null_fd_ < 0 ? -1 : fcntl(null_fd_, F_DUPFD_CLOEXEC, 3);
  }
}

int SlotLease::Move(SpawnPlan* plan) {
  const int count = plan->stdio_count;
  const int null_fd = FdSlots::Get().null_fd();
  const auto is_high = [null_fd](const StdioSlot& slot) {
    return slot.source == StdioSource::descriptor && slot.fd >= FdSlots::kDirect &&
           slot.fd != null_fd;
  };
  int high = 0;
  int first_unneeded = 1;
  for (int i = 0; i < count; ++i) {
    const StdioSlot& slot = plan->stdio[i];
    if (is_high(slot)) {
      ++high;
    } else if (slot.source == StdioSource::descriptor && slot.fd >= first_unneeded) {
      first_unneeded = slot.fd + 1;
    }
  }
  if (high == 0) return first_unneeded;
  if (high > FdSlots::kCount) return 0;
  FdSlots& slots = FdSlots::Get();
  // Not to wait: another thread's child may be on its way to execve for as long as its deadline.
  if (slots.is_taken_.exchange(true, std::memory_order_acquire)) return 0;
  slots_ = &slots;
  moved_ = std::make_unique_for_overwrite<StdioSlot[]>(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    StdioSlot& entry = moved_[static_cast<size_t>(i)];
    entry = plan->stdio[i];
    if (!is_high(entry)) continue;
    const int slot = slots_->slots_[used_];
    // A descriptor that is no higher than the slot gains nothing by the move, and a bad one is the
    // child's to report.
    if (slot < 0 || slot > entry.fd || dup3(entry.fd, slot, O_CLOEXEC) < 0) {
      if (entry.fd >= first_unneeded) first_unneeded = entry.fd + 1;
      continue;
    }
    ++used_;
    entry.fd = slot;
    if (slot >= first_unneeded) first_unneeded = slot + 1;
  }
  plan->stdio = moved_.get();
  return first_unneeded;
}

SlotLease::~SlotLease() {
  if (slots_ == nullptr) return;
  for (int i = 0; i < used_; ++i) dup3(slots_->null_fd_, slots_->slots_[i], O_CLOEXEC);
  slots_->is_taken_.store(false, std::memory_order_release);
}

}  // namespace raw_exec
