// The descriptors of a start: pipes are made, both ends accounted for on every way out.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "../core/fd_slots.h"
#include "../core/plan_wire.h"
#include "binding.h"

namespace raw_exec::addon {

// The first slot whose descriptor is not open, or -1. To be asked before our own are made, which
// could get that number; they are never 0 to 2.
int32_t Binding::FindClosedDescriptor() const {
  for (int32_t i = 0; i < request_[kRequestStdioCount] && i < kMaxStdio; ++i) {
    const int32_t fd = request_[kRequestStdio + static_cast<size_t>(i)];
    if (fd > 2 && fcntl(fd, F_GETFD) < 0) return i;
  }
  return -1;
}

// Makes the pipes. Our ends go into the result, the child's ends are remembered for closing.
// Returns 0 or a positive errno.
int Binding::PrepareStdio(SpawnPlan* plan) {
  const int32_t count = request_[kRequestStdioCount];
  plan->stdio = stdio_;
  plan->stdio_count = 0;
  if (count < 0 || count > kMaxStdio) {
    request_[kRequestStdioCount] = 0;  // nothing to close: what is in the result is older
    return EINVAL;
  }
  for (int32_t i = 0; i < count; ++i) {
    child_ends_[i] = -1;
    result_[kResultPipes + static_cast<size_t>(i)] = -1;
  }
  plan->stdio_count = count;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t kind = request_[kRequestStdio + static_cast<size_t>(i)];
    StdioSlot& slot = stdio_[i];
    slot = {StdioSource::descriptor, kind, nullptr, 0, 0};
    if (kind >= 0) continue;
    if (kind == kIgnore) {
      slot.fd = FdSlots::Get().null_fd();
    } else if (kind == kPipeIn || kind == kPipeOut) {
      int ends[2];
      if (pipe2(ends, O_CLOEXEC) != 0) return errno;
      // 0 to 2 are never ours: a program that was started without them must not find our pipe
      // there.
      for (int& end : ends) {
        if (end > 2) continue;
        const int moved = fcntl(end, F_DUPFD_CLOEXEC, 3);
        const int failed = errno;
        close(end);
        end = moved;
        if (moved < 0) {
          for (const int other : ends) {
            if (other >= 0) close(other);
          }
          return failed;
        }
      }
      const bool is_input = kind == kPipeIn;
      child_ends_[i] = ends[is_input ? 0 : 1];
      result_[kResultPipes + static_cast<size_t>(i)] = ends[is_input ? 1 : 0];
      slot.fd = child_ends_[i];
      // A pipe is its maker's, mode 0600: the child's user could not open it as /dev/stdout.
      // Without CAP_CHOWN it stays ours, and only that opening by name is refused.
      if (plan->set_uid && fchown(slot.fd, plan->uid, static_cast<gid_t>(-1)) != 0) {
        if (errno != EPERM) return errno;
      }
    } else if (kind == kLogged) {
      slot.fd = kLoggedSlot;
    } else if (kind == kFile) {
      slot.source = StdioSource::closed;
      for (const Extras::File& file : extras_.files()) {
        if (file.slot != i) continue;
        slot = {StdioSource::file, -1, file.path.c_str(), file.flags, file.mode};
      }
    } else {
      slot.source = StdioSource::closed;
    }
  }
  return 0;
}

void Binding::ClosePipes(bool ours) {
  const int32_t count = request_[kRequestStdioCount];
  for (int32_t i = 0; i < count && i < kMaxStdio; ++i) {
    int32_t& our_end = result_[kResultPipes + static_cast<size_t>(i)];
    if (!ours) {
      if (child_ends_[i] >= 0) close(child_ends_[i]);
      child_ends_[i] = -1;
    } else if (our_end >= 0) {
      close(our_end);
      our_end = -1;
    }
  }
}

}  // namespace raw_exec::addon
