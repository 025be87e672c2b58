// Where a ladder stands, for the process that goes on with it (keeper_handover.h).
#pragma once

#include <cstdint>
#include <vector>

#include "../core/wire/client_messages.h"

namespace raw_exec::keeper {

struct LadderState {
  struct Fixed {
    uint64_t serial;
    int32_t kill_grace_ms;
    int32_t killed;
    uint32_t index;  // of the present step; all of them have been taken when is_killing
    int32_t is_killing;
    int32_t has_waited_for_notice;
    uint32_t step_count;
    uint32_t report_count;
    uint32_t unused;
    uint64_t report_started_ns;  // CLOCK_MONOTONIC, which goes on over an exec
    uint64_t grace_ends_ns;
    wire::StepReport report;  // of the present step
  };

  Fixed fixed = {};
  std::vector<wire::Step> steps;
  std::vector<wire::StepReport> reports;  // of the steps before
};

}  // namespace raw_exec::keeper
