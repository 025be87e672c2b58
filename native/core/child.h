// What runs between clone and execve.
#pragma once

#include "spawn_plan.h"

namespace raw_exec {

// Executes the plan. Runs in the child, with all signals blocked, perhaps in the parent's memory
// and on a foreign stack: only system calls, no libc, no allocation, no globals. Ends by execve or
// by exit_group(127) with the report filled in.
[[noreturn]] void ChildMain(const SpawnPlan* plan) noexcept;

}  // namespace raw_exec
