// A process that somebody else is the parent of, seen to its end.
#pragma once

#include <cstdint>
#include <functional>

#include "../core/unique_fd.h"
#include "event_loop.h"

namespace raw_exec::keeper {

class AdoptedProcess {
 public:
  // `status` as of wait(2). Not known: the kernel does not tell (before 6.15), or the parent has
  // not reaped the process.
  using OnEnded = std::function<void(bool is_known, int status)>;

  // 0 or a positive errno. The call may destroy this object through EventLoop::Defer only.
  [[nodiscard]] int Start(EventLoop* loop, UniqueFd pidfd, OnEnded on_ended);

  int pidfd() const { return pidfd_.get(); }

 private:
  void OnEvents(uint32_t events);
  void Tell(bool is_known, int status);

  EventLoop* loop_ = nullptr;
  UniqueFd pidfd_;
  Watch watch_;
  Timer unreaped_;
  OnEnded on_ended_;
};

}  // namespace raw_exec::keeper
