// What a child inherits from the process that clones it. The forker took all of this over when it
// was started; a child that it clones has to have what its caller has *now*.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <vector>

#include "spawn_plan.h"
#include "unique_fd.h"

namespace raw_exec {

// What cannot be given to a running process: when it differs, the forker is replaced.
struct InheritedState {
  uint32_t uids[3];
  uint32_t gids[3];
  uint32_t capabilities[6];
  std::array<rlimit64, RLIM_NLIMITS> limits;
  pid_t process_group;
  pid_t session;
  uint64_t oom_score_adj;     // hash of the file
  uint64_t cgroups;           // hash of the file
  std::vector<gid_t> groups;  // supplementary
  bool operator==(const InheritedState& other) const;
};

// What it can be given, and is: threads of one process may differ in it.
struct Scheduling {
  using CpuMask = std::array<uint64_t, kMaxCpuMaskWords>;
  int nice = 0;
  CpuMask cpus = {};
};

// Reads the state of the calling process; keeps two files of /proc open (proc_pid_cgroup(5),
// proc_pid_oom_score_adj(5)), so that a look costs 20 system calls and no path look-up.
class InheritedStateReader {
 public:
  InheritedState Read();

 private:
  UniqueFd cgroup_;
  UniqueFd oom_score_adj_;
};

// Of the calling thread.
Scheduling CurrentScheduling();

// Whether a program that this thread executes has all the capabilities that the thread has: without
// root, those that are not ambient are lost, see capabilities(7).
bool KeepsCapabilitiesOverExec();

}  // namespace raw_exec
