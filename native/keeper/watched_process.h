// One process that is no child of ours, until it has ended.
#pragma once

#include <sys/types.h>

#include <functional>
#include <utility>

#include "../core/unique_fd.h"
#include "event_loop.h"

namespace raw_exec::keeper {

class WatchedProcess {
 public:
  // The pidfd is of this very process.
  WatchedProcess(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  WatchedProcess(const WatchedProcess&) = delete;
  WatchedProcess& operator=(const WatchedProcess&) = delete;
  ~WatchedProcess() = default;

  // 0 or a positive errno. Calls once, in a later event; the call may destroy this object through
  // EventLoop::Defer only.
  [[nodiscard]] int Start(EventLoop* loop, std::function<void()> on_ended);

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }

 private:
  pid_t pid_;
  UniqueFd pidfd_;
  Watch watch_;  // after the descriptor that it watches: it is stopped first
};

}  // namespace raw_exec::keeper
