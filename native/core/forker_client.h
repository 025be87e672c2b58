// The caller's side of the forker: starts it when it is first needed, hands it plans, takes back
// processes.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "plan_wire.h"
#include "spawn.h"

namespace raw_exec {

class ForkerClient {
 public:
  using CpuMask = std::array<uint64_t, kMaxCpuMaskWords>;

  static ForkerClient& Get();

  void SetPath(const char* path);

  // False when there is no forker to be had (no executable, it cannot start): the caller then
  // clones plainly.
  bool Spawn(const SpawnRequest& request, int cgroup_fd, uint32_t features, SpawnResult* result);

 private:
  // Whose rights the forker has. When ours change it is replaced, or it would hand out what we gave
  // up.
  struct Identity {
    uint32_t uids[3];
    uint32_t gids[3];
    uint32_t capabilities[6];
    std::vector<gid_t> groups;  // supplementary
    bool operator==(const Identity&) const = default;
  };
  struct Clone {
    int pid;
    UniqueFd pidfd;
  };

  ForkerClient() = default;
  static Identity CurrentIdentity();
  bool EnsureStarted();
  void StartOnEngineThread();
  bool EnsureReportMemory();
  void Stop();
  void TakeOnScheduling();
  bool ReceiveReply(Clone* clone);
  bool Exchange(const SpawnPlan& plan, int report_pipe, int cgroup_fd, uint32_t features,
                uint32_t slot, SpawnResult* result);
  int HandOver(const SpawnPlan& plan, int report_pipe, int cgroup_fd, uint32_t features,
               SpawnResult* result);
  int TakeSlot();

  std::mutex mutex_;  // one exchange at a time; not held while a child is on its way to execve
  char path_[4096] = {};
  UniqueFd report_memory_;
  UniqueFd socket_;
  UniqueFd pidfd_;
  pid_t pid_ = -1;
  bool is_pidfd_ = true;
  bool cannot_start_ = false;
  Identity identity_ = {};
  int nice_ = 0;  // the forker's
  CpuMask cpus_ = {};
  SpawnReport* reports_ = nullptr;
  uint64_t slots_in_use_ = 0;
};

}  // namespace raw_exec
