// The keeper's one thread of events: descriptors, timers, and what is put off until an event was
// handled. Sleeps without a timeout when no timer is set.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "../core/unique_fd.h"

namespace raw_exec::keeper {

class EventLoop;

// One descriptor in the loop. The descriptor is borrowed and must outlive the watch. A handler may
// stop, restart or destroy its own watch and any other: no event reaches a watch that was stopped.
class Watch {
 public:
  using Handler = std::function<void(uint32_t events)>;

  Watch() = default;
  ~Watch() { Stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // 0 or a positive errno. `events` as for epoll_ctl(2).
  [[nodiscard]] int Start(EventLoop* loop, int fd, uint32_t events, Handler handler);
  // What to wait for from now on; EPOLLHUP and EPOLLERR always come.
  void Change(uint32_t events);
  void Stop();
  bool is_active() const { return loop_ != nullptr; }

 private:
  EventLoop* loop_ = nullptr;
  int fd_ = -1;
  uint32_t slot_ = 0;
  uint32_t events_ = 0;
};

// Calls once, after a time. As with Watch, its handler may do with it as it likes.
class Timer {
 public:
  using Handler = std::function<void()>;

  Timer() = default;
  ~Timer() { Cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // In place of what was set before.
  void Set(EventLoop* loop, uint64_t delay_ns, Handler handler);
  void Cancel();
  bool is_set() const { return loop_ != nullptr; }

 private:
  friend class EventLoop;
  EventLoop* loop_ = nullptr;
  uint64_t deadline_ns_ = 0;
  Handler handler_;
};

class EventLoop {
 public:
  EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() = default;

  // 0 or a positive errno.
  [[nodiscard]] int Open();
  // Until Stop. 0, or the errno of epoll_wait(2).
  int Run();
  void Stop() { is_stopped_ = true; }

  // Calls `work` when the present event has been handled: the way for an object to be destroyed in
  // a call that comes from itself.
  void Defer(std::function<void()> work) { deferred_.push_back(std::move(work)); }

 private:
  friend class Watch;
  friend class Timer;

  struct Slot {
    Watch::Handler handler;
    uint32_t generation = 0;
  };

  int WaitMs() const;
  void RunTimers();
  void Settle();
  void Dispatch(uint64_t key, uint32_t events);

  UniqueFd epoll_;
  std::deque<Slot> slots_;  // stays in place as it grows: a handler may start watches
  std::vector<uint32_t> free_slots_;
  std::set<std::pair<uint64_t, Timer*>> timers_;
  std::vector<std::function<void()>> deferred_;
  bool is_stopped_ = false;
};

}  // namespace raw_exec::keeper
