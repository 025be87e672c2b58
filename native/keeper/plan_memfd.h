// The memfd that a plan travels in.
#pragma once

#include "../core/wire/client_messages.h"

namespace raw_exec::keeper {

// nullptr, or what is wrong with it, for people. *lacks_memory: that is our own fault.
[[nodiscard]] const char* CheckPlanMemfd(int memfd, const wire::Start& start, int descriptor_count,
                                         bool* lacks_memory);

}  // namespace raw_exec::keeper
