// The tasks that are below reapers (kept_reaper.h). The reapers are the holder's children, and see
// to the ends of their tasks. When one is killed, or has nowhere to write, its main process becomes
// the holder's own child: then it is waited for as any other task.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>

#include "task_waiter.h"

namespace raw_exec {

struct HeldTree {
  WaitedTask task;
  uint64_t start_ticks = 0;  // of its main process
  int32_t reaper_pid = -1;
};

class HeldTrees {
 public:
  explicit HeldTrees(TaskWaiter* waiter) : waiter_(waiter) {}
  HeldTrees(const HeldTrees&) = delete;
  HeldTrees& operator=(const HeldTrees&) = delete;
  ~HeldTrees() = default;

  void Add(HeldTree tree);
  // For ChildEvents::OnOtherEnd: of a reaper, or of a main process that has lost its reaper.
  bool OnChildEnd(pid_t pid);

  // By the pid of the reaper.
  const std::unordered_map<int32_t, HeldTree>& all() const { return trees_; }

 private:
  TaskWaiter* waiter_;
  std::unordered_map<int32_t, HeldTree> trees_;
  std::unordered_map<int32_t, int32_t> reapers_;  // by the pid of the main process
};

}  // namespace raw_exec
