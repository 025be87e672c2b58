#include "plan_buffer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "../core/plan_check.h"

namespace raw_exec {
namespace {

// More than execve takes (linux/binfmts.h), with room for the rest of a plan.
constexpr size_t kMaxPlan = size_t{8} * 1024 * 1024;

// That these are there says that it is a memfd: a descriptor of any other kind could block us.
bool IsSealed(int fd) {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
  const int seals = fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & kSeals) == kSeals;
}

bool ReadAll(int fd, char* bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t got = pread(fd, bytes + done, size - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

void PutDescriptors(SpawnPlan* plan, const int* stdio_fds) {
  StdioSlot* slots = const_cast<StdioSlot*>(plan->stdio);
  for (int i = 0; i < plan->stdio_count; ++i) {
    if (slots[i].source == StdioSource::descriptor) slots[i].fd = stdio_fds[slots[i].fd];
  }
}

}  // namespace

SpawnPlan* PlanBuffer::Load(int plan_fd, size_t size, const int* stdio_fds, int stdio_fd_count,
                            int* error) {
  *error = EBADMSG;
  if (size < sizeof(SpawnPlan) || size > kMaxPlan || !IsSealed(plan_fd)) return nullptr;
  big_.reset();
  char* bytes = small_.get();
  if (size > kSmall) {
    big_.reset(new (std::nothrow) char[size]);
    bytes = big_.get();
  }
  if (bytes == nullptr) {
    *error = ENOMEM;
    return nullptr;
  }
  if (!ReadAll(plan_fd, bytes, size)) return nullptr;
  if (CheckPlan(bytes, size, stdio_fd_count) != nullptr) return nullptr;
  SpawnPlan* plan = RelocatePlan(bytes);
  PutDescriptors(plan, stdio_fds);
  plan->report = nullptr;
  plan->own_pidfd = nullptr;
  plan->unshare_from = 0;
  plan->hold_fd = -1;
  *error = 0;
  return plan;
}

}  // namespace raw_exec
