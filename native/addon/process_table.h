// The processes of one environment that were started and whose exit was not seen yet.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "../core/unique_fd.h"

namespace raw_exec::addon {

struct LiveProcess {
  pid_t pid = -1;
  UniqueFd exit_fd;
  uint64_t started_ns = 0;
  bool is_pidfd = true;
  bool is_registered = false;  // in the epoll set
  bool is_referenced = false;
  bool is_forgotten = false;  // reaped without notice
  bool kills_group = false;   // its process group gets SIGKILL when it ends
  // A reaper is its parent: exit_fd gives an ReapedExit, and closing it lets go of the pid.
  bool has_reaper = false;
  UniqueFd pidfd;  // with has_reaper, where the kernel has pidfds
};

// A handle is an index and a generation, so that one that was kept too long never means another
// process.
class ProcessTable {
 public:
  int32_t Add(LiveProcess process);
  LiveProcess* Find(int32_t handle);
  void Remove(int32_t handle);
  size_t size() const { return size_; }

  template <typename Visit>
  void ForEach(Visit visit) {
    for (Slot& slot : slots_) {
      if (slot.is_used) visit(slot.process);
    }
  }

 private:
  static constexpr int32_t kIndexBits = 20;
  static constexpr int32_t kIndexMask = (1 << kIndexBits) - 1;
  static constexpr int32_t kGenerations = 1 << (31 - kIndexBits);

  struct Slot {
    LiveProcess process;
    int32_t generation = 0;
    bool is_used = false;
  };

  std::vector<Slot> slots_;
  std::vector<int32_t> free_;
  size_t size_ = 0;
};

}  // namespace raw_exec::addon
