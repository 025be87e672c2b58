// The supervisors whose tasks end with them. A supervisor has gone when its process has ended; a
// closed connection says nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "../core/unique_fd.h"
#include "event_loop.h"
#include "process_handle.h"

namespace raw_exec::keeper {

class Supervisors {
 public:
  using OnGone = std::function<void(const ProcessIdentity& identity)>;

  void Open(EventLoop* loop, OnGone on_gone) {
    loop_ = loop;
    on_gone_ = std::move(on_gone);
  }

  // Tells in a later event, now or ever, when it has ended. 0, or the positive errno of what it
  // takes to see that.
  [[nodiscard]] int See(const ProcessIdentity& identity);

 private:
  using Key = std::pair<pid_t, uint64_t>;
  struct Entry {
    UniqueFd pidfd;
    Watch watch;
  };

  void Gone(const ProcessIdentity& identity);

  EventLoop* loop_ = nullptr;
  OnGone on_gone_;
  std::map<Key, std::unique_ptr<Entry>> seen_;
};

}  // namespace raw_exec::keeper
