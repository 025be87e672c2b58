// The other processes of the keeper: the same executable, in another part.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "../core/unique_fd.h"

namespace raw_exec::keeper {

// What the keeper was started with. It raises its own limit of descriptors, which is not the
// business of tasks.
struct InheritedLimits {
  rlimit nofile = {};
};

// Raises the soft limit of descriptors to the hard one; tells what it was.
InheritedLimits RaiseLimits();

struct Helper {
  pid_t pid = -1;
  UniqueFd socket;  // non-blocking; the other end is the helper's descriptor 3
  int error = 0;    // positive errno: it was not started
};

// Starts `raw-exec-keeper ARGUMENTS…` as our child, with no descriptor but 0 to 3, no signal
// blocked and none ignored.
Helper StartHelper(const std::vector<std::string>& arguments, const InheritedLimits& limits);

}  // namespace raw_exec::keeper
