// Tells when nothing runs of a task any more.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "../core/unique_fd.h"
#include "event_loop.h"
#include "extent.h"

namespace raw_exec::keeper {

class EmptinessWatch {
 public:
  // Calls once, in a later event. In version 2 the kernel tells, and of a tree its reaper's end; in
  // version 1 it has to be looked, every 50 ms in the end.
  void Start(EventLoop* loop, const Extent& extent, std::function<void()> on_empty);
  void Stop();

 private:
  void Look();
  void LookAgain();
  bool AwaitTree();

  EventLoop* loop_ = nullptr;
  const Extent* extent_ = nullptr;
  UniqueFd events_;
  Watch watch_;
  Timer again_;
  uint64_t pause_ns_ = 0;
  std::function<void()> on_empty_;
};

}  // namespace raw_exec::keeper
