// Kills everything that runs of a task, again and again until nobody is left.
#pragma once

#include <cstdint>
#include <functional>

#include "emptiness_watch.h"
#include "event_loop.h"
#include "extent.h"

namespace raw_exec::keeper {

class ExtentKill {
 public:
  ExtentKill() = default;
  ~ExtentKill() { Stop(); }
  ExtentKill(const ExtentKill&) = delete;
  ExtentKill& operator=(const ExtentKill&) = delete;

  // The extent outlives this. Calls once, in a later event.
  void Start(EventLoop* loop, const Extent& extent, std::function<void()> on_empty);
  void Stop();

  // How many it was for.
  int killed() const { return killed_; }

 private:
  bool KillAtOnce();
  void Round();
  void TreeRound(bool is_first);

  EventLoop* loop_ = nullptr;
  const Extent* extent_ = nullptr;
  EmptinessWatch empty_;
  Timer again_;
  uint64_t pause_ns_ = 0;
  int killed_ = 0;
  bool is_frozen_ = false;
};

}  // namespace raw_exec::keeper
