// clone3(2) and clone(2) for a child that runs a function on a stack of its own and never returns.
#pragma once

#include <cstddef>
#include <cstdint>

namespace raw_exec {

struct CloneRequest {
  uint64_t flags;     // CLONE_*; CLONE_PIDFD and CLONE_INTO_CGROUP as wanted
  int32_t* pidfd;     // filled by the kernel before the child runs, with CLONE_PIDFD
  int32_t cgroup_fd;  // with CLONE_INTO_CGROUP
  int32_t exit_signal;
  void* stack;  // lowest address; nullptr without CLONE_VM: the child goes on with a copy of the
                // caller's
  size_t stack_size;
};

using ChildFunction = void (*)(const void* argument);

// The child calls function(argument), which must not return. clone3 came with 5.3; without it flags
// above 32 bits (CLONE_CLEAR_SIGHAND, CLONE_INTO_CGROUP) are refused with -EINVAL. Returns the pid
// or minus errno.
long CloneInto(const CloneRequest& request, bool has_clone3, ChildFunction function,
               const void* argument) noexcept;

}  // namespace raw_exec
