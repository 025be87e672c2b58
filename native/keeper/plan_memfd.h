// The memfd that a plan travels in.
#pragma once

#include "../core/wire/client_messages.h"

namespace raw_exec::keeper {

// nullptr, or what is wrong with it, for people.
[[nodiscard]] const char* CheckPlanMemfd(int memfd, const wire::Start& start, int descriptor_count);

}  // namespace raw_exec::keeper
