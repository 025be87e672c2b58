// The plan of the start that is being made, copied out of the client's memfd: nobody can change it
// between the check and the use.
#pragma once

#include <cstddef>
#include <memory>

#include "../core/plan_wire.h"

namespace raw_exec {

class PlanBuffer {
 public:
  // The plan, its stdio slots holding descriptors of this process, without what only the one who
  // clones knows. Valid until the next call. nullptr with a positive errno: EBADMSG when it is no
  // plan that a client of ours would write, ENOMEM.
  SpawnPlan* Load(int plan_fd, size_t size, const int* stdio_fds, int stdio_fd_count, int* error);

 private:
  // Most plans are of some 4 KiB, by the size of the environment.
  static constexpr size_t kSmall = size_t{32} * 1024;

  // Not written to before it is needed: each page that we touch is copied for every child.
  std::unique_ptr<char[]> small_ = std::make_unique_for_overwrite<char[]>(kSmall);
  std::unique_ptr<char[]> big_;
};

}  // namespace raw_exec
