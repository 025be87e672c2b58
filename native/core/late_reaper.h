// Reaps processes whose environment (a worker thread) has ended before them. A thread that lives
// until the last is reaped.
#pragma once

#include <sys/types.h>

#include <memory>
#include <vector>

#include "unique_fd.h"

namespace raw_exec {

class LateReaper {
 public:
  // `kills_group`: its process group gets SIGKILL when it ends, before it is reaped.
  void Add(pid_t pid, UniqueFd exit_fd, bool is_pidfd, bool kills_group);
  // Does nothing when there are no processes, or on the process's first thread: then the process
  // itself is ending.
  void Start();

 private:
  struct Entry {
    pid_t pid;
    UniqueFd exit_fd;
    bool is_pidfd;
    bool kills_group;
  };
  static void* Main(void* entries);

  std::vector<Entry> entries_;
};

}  // namespace raw_exec
