// What all streams of a pump use one after the other: a pipe into which the next bytes are copied
// to look at them, and memory.
#pragma once

#include <cstddef>
#include <memory>

#include "../core/unique_fd.h"

namespace raw_exec {

inline constexpr size_t kScratchSize = size_t{64} * 1024;

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): to clear it would make it real memory
struct Scratch {
  UniqueFd pipe_out;
  UniqueFd pipe_in;
  char bytes[kScratchSize];
  std::unique_ptr<char[]> spare;  // of kScratchSize, for whoever needs it next; or nothing

  // Returns errno.
  int Open();
};

}  // namespace raw_exec
