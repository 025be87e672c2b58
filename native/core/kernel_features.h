// What this kernel, or the sandbox around us, lets us use. Found by trying, once.
#pragma once

#include <cstdint>

namespace raw_exec {

// The bits are part of the boundary: KernelFeature in src/native/kernel.ts.
enum Feature : uint32_t {
  kClone3 = 1,              // 5.3
  kCloneIntoCgroup = 2,     // 5.7
  kCloneClearSighand = 4,   // 5.5
  kPidfd = 8,               // CLONE_PIDFD 5.2, P_PIDFD 5.4
  kCloseRange = 16,         // close_range with CLOSE_RANGE_CLOEXEC, 5.11
  kCloseRangeUnshare = 32,  // 5.9
  kSharedVfork = 64,        // CLONE_VM really shares memory (not under valgrind or qemu-user)
  kForker = 128,            // the forker may be used
};

// Thread-safe; the first call probes (about 100 microseconds, two short-lived children).
uint32_t KernelFeatures() noexcept;

// For tests: features to treat as absent from now on.
void DisableFeatures(uint32_t bits) noexcept;

}  // namespace raw_exec
