// What the holder does while no keeper is attached: supervisors start a keeper when theirs has
// died, but there may be no supervisor. Without tasks there is nothing to hold.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "../keeper/event_loop.h"

namespace raw_exec {

class KeeperAbsence {
 public:
  // `end` is called when there is nobody to wait for and nothing to look after.
  KeeperAbsence(keeper::EventLoop* loop, std::string program, std::string state,
                std::function<void()> end);

  void Begin();
  // A keeper is there. `is_supervised`: when it has gone, somebody else starts the next one.
  void End(bool is_supervised);

  // The keeper that was started, while it lives; -1: none.
  pid_t keeper_pid() const { return keeper_pid_; }
  void set_keeper_pid(pid_t pid) { keeper_pid_ = pid; }

  // Whether the child that has ended was the keeper that we had started.
  bool OnChildEnd(pid_t pid);

 private:
  void Act();
  void StartKeeper();

  keeper::EventLoop* loop_;
  std::string program_;
  std::string state_;
  std::function<void()> end_;
  keeper::Timer timer_;
  uint64_t delay_ns_ = 0;
  bool is_supervised_ = false;
  pid_t keeper_pid_ = -1;  // of the last that we have started, while it lives
};

}  // namespace raw_exec
