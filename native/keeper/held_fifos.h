// The reading ends of all FIFOs that a keeper finds, from its first moment until it knows their
// tasks. It may have to wait for the holder before, and what is in a FIFO vanishes with the last
// who has it open.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "../core/unique_fd.h"

namespace raw_exec::keeper {

class HeldFifos {
 public:
  // What cannot be opened now is tried again when its task is known, and told then.
  void Open(int tasks_fd);
  // Invalid when it is not held.
  UniqueFd Take(uint64_t serial, int stream);
  void Close() { fifos_.clear(); }

 private:
  std::map<std::pair<uint64_t, int>, UniqueFd> fifos_;
};

}  // namespace raw_exec::keeper
