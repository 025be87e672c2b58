// A client's `start`, taken apart and checked in all that can be known before anything is done.
#pragma once

#include <string_view>
#include <vector>

#include "../core/records/task_record.h"
#include "../core/unique_fd.h"
#include "../core/wire/client_messages.h"
#include "../core/wire/message_reader.h"

namespace raw_exec::keeper {

struct StartRequest {
  wire::Start fixed = {};
  std::string_view texts;  // as they stand in the message, for the holder
  StartRecord record;      // but for what only a running process has
  // That is the fault, and no crime.
  bool is_of_another_build = false;
  bool lacks_memory = false;
};

// nullptr, or what is wrong, for people: then the client is at fault. The descriptors stay where
// they are.
[[nodiscard]] const char* ReadStartRequest(wire::MessageReader* reader,
                                           const std::vector<UniqueFd>& fds, StartRequest* request);

// Steps of a ladder that came from outside.
[[nodiscard]] bool AreSoundSteps(const wire::Step* steps, int32_t count);

}  // namespace raw_exec::keeper
