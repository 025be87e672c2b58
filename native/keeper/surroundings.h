// What the keeper makes of the process that it was started as.
#pragma once

#include "../core/unique_fd.h"
#include "options.h"

namespace raw_exec::keeper {

// Nothing of whoever started us stays: no descriptor but 0 to 2, the one of the options and
// `notice_fd`, no directory, no ignored signal. Children of our children become ours. The kernel
// takes others first when memory runs out.
void Settle(const Options& options, int notice_fd);

// A descriptor that gets SIGCHLD, SIGTERM and SIGINT, which are blocked. Invalid with errno set.
UniqueFd OpenSignals();

}  // namespace raw_exec::keeper
