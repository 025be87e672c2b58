// The engine: starts a process by the path that fits the plan.
//
//   fast     clone3 CLONE_VM|CLONE_VFORK|CLONE_FILES: the caller is suspended until execve; nothing
//   is copied careful  through the forker: for changes of identity, v1 groups, groups with
//   memory.oom.group, and a parent-death signal
//            that is asked for in a thread which may end before the process
//   plain    a clone that copies: where memory is not shared after CLONE_VM (emulators) or the
//   forker cannot run
#pragma once

#include <cstdint>

#include "engine_thread.h"
#include "guarded_stack.h"
#include "spawn_plan.h"
#include "unique_fd.h"

namespace raw_exec {

enum class SpawnPath : int32_t { fast = 0, careful = 1, plain = 2 };

enum FailureFlag : int32_t {
  kDeadline = 1,  // killed because it did not reach execve in time
  kStuck = 2,     // and could not be killed: the result holds a process that is still to be reaped
  kKilledEarly = 4,  // somebody else ended it before it had reached execve
};

// Beside the process itself, what a start with a reaper gives.
struct ReapedTask {
  bool kills_when_alone = false;  // in: the reaper kills everything when this process ends
  UniqueFd pidfd;                 // of the main process, whose parent is the reaper
  UniqueFd control;               // the socket of reaper_wire.h
  int32_t reaper_pid = -1;
  UniqueFd reaper_exit_fd;
  bool reaper_is_pidfd = true;
};

// A v2 group that the caller made and holds open, and that is not looked through therefore. A group
// with memory.oom.group, in it or above, must not be given so.
struct HeldCgroup {
  int directory_fd = -1;
  int events_fd = -1;  // its cgroup.events; -1: known not to be frozen
};

struct SpawnRequest {
  SpawnPlan plan = {};  // without report, unshare_from, hold_fd: the engine fills these in
  const char* cgroup_v2 = nullptr;  // directory of a v2 group
  HeldCgroup held_cgroup;           // in place of the path
  int32_t exec_deadline_ms = 0;
  ReapedTask* reaped = nullptr;  // a reaper is to be the parent
  bool shares_fs = false;  // CLONE_FS: cwd, root and umask stay one with ours; the forker only
};

struct SpawnResult {
  int32_t pid = -1;
  // A pidfd; or where the kernel has none, an eventfd that becomes readable when the process has
  // ended.
  UniqueFd exit_fd;
  bool is_pidfd = true;
  SpawnPath path = SpawnPath::fast;
  uint64_t started_ns = 0;  // CLOCK_MONOTONIC just before the clone

  // Failure: error > 0.
  int32_t error = 0;
  Step step = Step::prepare;
  int32_t detail = -1;
  int32_t flags = 0;  // FailureFlag

  void FailAt(Step at, long positive_errno, int32_t index = -1) {
    step = at;
    error = static_cast<int32_t>(positive_errno);
    detail = index;
  }
  // There is nothing to see the child's end by, so it may not live: kills and reaps it.
  void GiveUpUnwatched(int positive_errno);
};

// What one thread needs to start processes one after another. Not for use by two threads at once.
class SpawnContext {
 public:
  SpawnContext();
  ~SpawnContext();
  SpawnContext(const SpawnContext&) = delete;
  SpawnContext& operator=(const SpawnContext&) = delete;

  // False when memory for it could not be had.
  explicit operator bool() const { return stack_ && report_ != nullptr; }

  // Blocks until the child is exec'ed, has failed, or its deadline has passed. A failed child has
  // been reaped.
  [[nodiscard]] SpawnResult Spawn(const SpawnRequest& request);

  // Without the forker: by the fast path, or plainly where that is not to be had.
  [[nodiscard]] SpawnResult SpawnHere(const SpawnRequest& request);

 private:
  SpawnResult SpawnPlaced(const SpawnRequest& request, bool has_group);
  SpawnResult SpawnFast(const SpawnRequest& request, int cgroup_fd, uint32_t features);
  SpawnResult SpawnPlain(const SpawnRequest& request, int cgroup_fd, uint32_t features);

  GuardedStack stack_;
  SpawnReport* report_ = nullptr;  // in memory that a copying clone shares too
  DeadlineWatch watch_;
};

// Where the forker's executable lies. To be set before the first start; without it the careful path
// is not there.
void SetForkerPath(const char* path);

}  // namespace raw_exec
