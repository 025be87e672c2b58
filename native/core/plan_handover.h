// Hands a plan over to an executable without libc: the writing end of bare_request.h.
#pragma once

#include <cstdint>

#include "plan_wire.h"

namespace raw_exec {

// Sends the plan with its descriptors. Returns 0 or a positive errno: EBADF when a descriptor that
// the caller gave is not open, ETOOMANYREFS, ENOBUFS, ENOMEM for want of memory; all others mean
// that nobody is there to receive it.
[[nodiscard]] int SendPlan(int socket_fd, const SpawnPlan& plan, int report_pipe, int cgroup_fd,
                           uint32_t features, uint32_t report_slot);

}  // namespace raw_exec
