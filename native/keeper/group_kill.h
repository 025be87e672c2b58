// Kills everything in the groups of a task, again and again until nobody is left.
#pragma once

#include <cstdint>
#include <functional>

#include "emptiness_watch.h"
#include "event_loop.h"
#include "own_groups.h"

namespace raw_exec::keeper {

class GroupKill {
 public:
  ~GroupKill() { Stop(); }

  // The groups outlive this. Calls once, in a later event.
  void Start(EventLoop* loop, const OwnGroups& groups, std::function<void()> on_empty);
  void Stop();

  // How many it was for.
  int killed() const { return killed_; }

 private:
  bool KillAtOnce();
  void Round();

  EventLoop* loop_ = nullptr;
  const OwnGroups* groups_ = nullptr;
  EmptinessWatch empty_;
  Timer again_;
  uint64_t pause_ns_ = 0;
  int killed_ = 0;
  bool is_frozen_ = false;
};

}  // namespace raw_exec::keeper
