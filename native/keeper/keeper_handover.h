// What a keeper hands over: what cannot be had again. Its lock and its socket, so that nobody can
// come in between; the stops that are under way; and of tasks that it is not the parent of the
// descriptors by which the kernel tells their ends. All else is in the records, or known to the
// holder.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <vector>

#include "complaint.h"
#include "handover.h"
#include "ladder_state.h"

namespace raw_exec::keeper {

struct HandedPidfd {
  uint64_t serial = 0;
  int32_t fd = -1;
  int32_t unused = 0;
};

struct KeeperHandover {
  int lock_fd = -1;
  int listener_fd = -1;
  rlimit nofile = {};  // what was in force before the keeper raised its own
  std::vector<LadderState> ladders;
  std::vector<HandedPidfd> pidfds;

  // All that have to survive the exec.
  std::vector<int> Descriptors() const;
};

// A sealed memfd; invalid with errno set.
UniqueFd WriteKeeperHandover(const KeeperHandover& handover);
Complaint ReadKeeperHandover(int memfd, KeeperHandover* handover);

}  // namespace raw_exec::keeper
