#include "forker_reports.h"

#include <sys/mman.h>
#include <unistd.h>

#include "memfd.h"
#include "wait.h"

namespace raw_exec {

bool ForkerReports::Ensure() {
  if (memory_ != nullptr) return true;
  memfd_ = MakeMemfd("raw-exec-reports");
  if (!memfd_ || ftruncate(memfd_.get(), sizeof(ForkerMemory)) != 0) return false;
  void* mapping =
      mmap(nullptr, sizeof(ForkerMemory), PROT_READ | PROT_WRITE, MAP_SHARED, memfd_.get(), 0);
  if (mapping == MAP_FAILED) return false;
  memory_ = static_cast<ForkerMemory*>(mapping);
  return true;
}

int ForkerReports::Take(int32_t* claim) {
  if (~in_use_ == 0) return -1;
  const int slot = __builtin_ctzll(~in_use_);
  in_use_ |= uint64_t{1} << slot;
  // Below zero, so never a pid, and another one for each start: a child of an earlier start that
  // comes late finds a word that is not its own.
  last_claim_ = last_claim_ == INT32_MIN ? -1 : last_claim_ - 1;
  *claim = last_claim_;
  *at(slot) = {static_cast<int32_t>(Step::clone), 0, -1, last_claim_};
  return slot;
}

int32_t ForkerReports::PidOrRevoke(int slot) {
  const int32_t pid = __atomic_exchange_n(&at(slot)->pid, 0, __ATOMIC_ACQ_REL);
  return pid > 0 ? pid : 0;
}

void ForkerReports::ReapLate() {
  if (memory_ == nullptr) return;
  while (reaped_ != __atomic_load_n(&memory_->late_count, __ATOMIC_ACQUIRE)) {
    int32_t* entry = &memory_->late_pids[reaped_ % kLatePids];
    const int32_t pid = __atomic_load_n(entry, __ATOMIC_ACQUIRE);
    ExitInfo ignored;
    // Not written down yet, or not ended yet: by the next start it is.
    if (pid <= 0 || !TryReap(pid, -1, false, &ignored)) return;
    __atomic_store_n(entry, 0, __ATOMIC_RELEASE);
    ++reaped_;
  }
}

}  // namespace raw_exec
