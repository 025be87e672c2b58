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

int SlotLease::Move(StdioSlot* stdio, int count) {
  int high = 0;
  int first_unneeded = 1;
  for (int i = 0; i < count; ++i) {
    if (stdio[i].source != StdioSource::descriptor) continue;
    if (stdio[i].fd >= FdSlots::kDirect && stdio[i].fd != FdSlots::Get().null_fd()) {
      ++high;
    } else if (stdio[i].fd >= first_unneeded) {
      first_unneeded = stdio[i].fd + 1;
    }
  }
  if (high == 0) return first_unneeded;
  if (high > FdSlots::kCount) return 0;
  slots_ = &FdSlots::Get();
  slots_->mutex_.lock();
  for (int i = 0; i < count; ++i) {
    StdioSlot& entry = stdio[i];
    if (entry.source != StdioSource::descriptor || entry.fd < FdSlots::kDirect ||
        entry.fd == slots_->null_fd_) {
      continue;
    }
    const int slot = slots_->slots_[used_];
    // A descriptor that is no lower than the slot gains nothing by the move, and a bad one is the child's to report.
    if (slot < 0 || slot > entry.fd || dup3(entry.fd, slot, O_CLOEXEC) < 0) {
      if (entry.fd >= first_unneeded) first_unneeded = entry.fd + 1;
      continue;
    }
    ++used_;
    entry.fd = slot;
    if (slot >= first_unneeded) first_unneeded = slot + 1;
  }
  return first_unneeded;
}

SlotLease::~SlotLease() {
  if (slots_ == nullptr) return;
  for (int i = 0; i < used_; ++i) dup3(slots_->null_fd_, slots_->slots_[i], O_CLOEXEC);
  slots_->mutex_.unlock();
}

}  // namespace raw_exec
