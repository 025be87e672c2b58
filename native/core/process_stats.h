// Reads what /proc tells about single processes.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "stats_columns.h"

namespace raw_exec {

// Writes one row of kProcessColumns. kProcessErrno: 0; ESRCH when the process has ended, or when
// `start_ticks` is not NaN and this is another process with the same pid.
void ReadProcessStats(pid_t pid, double start_ticks, double* row);

}  // namespace raw_exec
