// What the keeper asks the holder to start.
#pragma once

#include <cstdint>
#include <vector>

#include "../core/records/task_record.h"
#include "../core/unique_fd.h"
#include "../core/wire/message_reader.h"

namespace raw_exec {

struct StartOrder {
  uint64_t request = 0;
  StartRecord record;  // without what only the process can tell
  uint32_t plan_size = 0;
  uint32_t plan_version = 0;
  uint32_t features = 0;  // Feature bits that may be used
  int32_t exec_deadline_ms = 0;
  UniqueFd plan;
  UniqueFd cgroup;
  std::vector<UniqueFd> stdio;
};

// Takes the descriptors. False when the message is not as holder_messages.h says.
[[nodiscard]] bool ReadStartOrder(wire::MessageReader* reader, std::vector<UniqueFd>* fds,
                                  StartOrder* order);

}  // namespace raw_exec
