// The least that starting a program can cost: one clone3 that shares memory and blocks until
// execve.
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct FloorPlan {
  const char* file;
  char* const* argv;
  char* const* env;
  int null_fd;
  // The child's standard output, or -1 for /dev/null.
  int stdout_fd;
  // A v2 group for CLONE_INTO_CGROUP, or -1.
  int cgroup_fd;
  // A file of a group (cgroup.procs, tasks) that the child writes "0" into, or -1.
  int join_fd;
  // Also do what raw-exec promises: no descriptor, signal disposition or signal mask of the parent
  // reaches the program, no handler runs in the child, and the cost does not grow with the parent's
  // descriptors.
  int keeps_promises;
};

// Starts the program; -1 and errno when clone3 failed, otherwise the pid, and the pidfd in *pidfd.
pid_t FloorSpawn(const struct FloorPlan* plan, int* pidfd);

// Waits for the end of the process behind pidfd and closes it; 0 when it ended with code 0.
int FloorReap(int pidfd);
