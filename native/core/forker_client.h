// The caller's side of the forker: hands it plans, takes back processes. One for the whole process.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "forker_process.h"
#include "forker_reports.h"
#include "spawn.h"

namespace raw_exec {

class ForkerClient {
 public:
  static ForkerClient& Get();

  void SetPath(const char* path);

  // False when there is no forker to be had (no executable, it cannot start, it would not have the
  // rights of this process): the caller then clones plainly.
  bool Spawn(const SpawnRequest& request, int cgroup_fd, uint32_t features, SpawnResult* result);

 private:
  ForkerClient() = default;
  int HandOver(const SpawnRequest& request, SpawnPlan* plan, int report_pipe, int cgroup_fd,
               uint32_t features, SpawnResult* result);

  struct Stuck {
    int slot;
    UniqueFd exit_fd;
  };
  void GiveBackReportsOfTheDead();

  std::mutex mutex_;  // one exchange at a time; not held while a child is on its way to execve
  ForkerProcess process_;
  ForkerReports reports_;
  std::vector<Stuck> stuck_;
};

}  // namespace raw_exec
