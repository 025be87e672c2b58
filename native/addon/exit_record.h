// How a process ended: asked of the kernel, or read from its reaper.
#pragma once

#include "../core/wait.h"
#include "process_table.h"

namespace raw_exec::addon {

// False while there is nothing to be known: it runs, or its tracer has not let go of it.
bool TakeExit(const LiveProcess& process, ExitInfo* info);

}  // namespace raw_exec::addon
