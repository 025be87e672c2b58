// One request to the forker and its answer, over the socket of plan_wire.h.
#pragma once

#include <cstdint>

#include "plan_wire.h"
#include "spawn.h"

namespace raw_exec {

enum class ExchangeEnd {
  answered,  // a process, or an error, in the result
  lost,      // the forker is gone, stopped or frozen: whether it has cloned is not known
};

struct ForkerRequest {
  const SpawnPlan* plan;
  int socket_fd;
  int report_pipe_fd;
  int cgroup_fd;  // -1: none
  uint32_t features;
  uint32_t report_slot;
  int timeout_ms;  // for the answer
};

ExchangeEnd ExchangeWithForker(const ForkerRequest& request, SpawnResult* result);

}  // namespace raw_exec
