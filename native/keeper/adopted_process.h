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

  // Whether its parent has written down how it has ended: then nothing is known here, and told so.
  using IsRecorded = std::function<bool()>;

  // 0 or a positive errno. The call may destroy this object through EventLoop::Defer only.
  // `is_recorded` is asked again and again while the parent is at it; without one the kernel has to
  // tell.
  [[nodiscard]] int Start(EventLoop* loop, UniqueFd pidfd, IsRecorded is_recorded,
                          OnEnded on_ended);

  int pidfd() const { return pidfd_.get(); }

 private:
  void OnEvents(uint32_t events);
  void AwaitParent();
  void Tell(bool is_known, int status);

  EventLoop* loop_ = nullptr;
  UniqueFd pidfd_;
  Watch watch_;
  Timer unreaped_;
  IsRecorded is_recorded_;
  uint64_t pause_ns_ = 0;
  uint64_t given_up_at_ns_ = 0;
  OnEnded on_ended_;
};

}  // namespace raw_exec::keeper
