// What the keeper makes of the process that it was started as.
#pragma once

#include <vector>

#include "../core/unique_fd.h"

namespace raw_exec::keeper {

// Nothing of whoever started us stays: no descriptor but 0 to 2 and those in `kept`, no directory,
// no ignored signal. Children of our children become ours. The kernel takes others first when
// memory runs out. Numbers in `kept` that are negative are passed over; the others no longer
// survive an exec.
void Settle(std::vector<int> kept);

// A descriptor that gets SIGCHLD, SIGTERM and SIGINT, which are blocked. Invalid with errno set.
UniqueFd OpenSignals();

}  // namespace raw_exec::keeper
