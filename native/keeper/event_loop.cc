#include "event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "../core/sys.h"

namespace raw_exec::keeper {
namespace {

constexpr int kBatch = 64;
constexpr uint64_t kNsPerMs = 1'000'000;

uint64_t KeyOf(uint32_t slot, uint32_t generation) { return uint64_t{generation} << 32 | slot; }

}  // namespace

int Watch::Start(EventLoop* loop, int fd, uint32_t events, Handler handler) {
  Stop();
  uint32_t slot = 0;
  if (loop->free_slots_.empty()) {
    slot = static_cast<uint32_t>(loop->slots_.size());
    loop->slots_.emplace_back();
  } else {
    slot = loop->free_slots_.back();
    loop->free_slots_.pop_back();
  }
  epoll_event event = {};
  event.events = events;
  event.data.u64 = KeyOf(slot, loop->slots_[slot].generation);
  if (epoll_ctl(loop->epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    const int failed = errno;
    loop->free_slots_.push_back(slot);
    return failed;
  }
  loop->slots_[slot].handler = std::move(handler);
  loop_ = loop;
  fd_ = fd;
  slot_ = slot;
  events_ = events;
  return 0;
}

void Watch::Change(uint32_t events) {
  if (loop_ == nullptr || events == events_) return;
  epoll_event event = {};
  event.events = events;
  event.data.u64 = KeyOf(slot_, loop_->slots_[slot_].generation);
  // It fails for a descriptor that is not in the set only; ours is, as long as it is open.
  if (epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_MOD, fd_, &event) == 0) events_ = events;
}

void Watch::Stop() {
  if (loop_ == nullptr) return;
  epoll_ctl(loop_->epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
  EventLoop::Slot& slot = loop_->slots_[slot_];
  ++slot.generation;  // what epoll_wait has reported already no longer finds it
  slot.handler = nullptr;
  loop_->free_slots_.push_back(slot_);
  loop_ = nullptr;
}

void Timer::Set(EventLoop* loop, uint64_t delay_ns, Handler handler) {
  Cancel();
  loop_ = loop;
  deadline_ns_ = MonotonicNs() + delay_ns;
  handler_ = std::move(handler);
  loop->timers_.emplace(deadline_ns_, this);
}

void Timer::Cancel() {
  if (loop_ == nullptr) return;
  loop_->timers_.erase({deadline_ns_, this});
  loop_ = nullptr;
  handler_ = nullptr;
}

int EventLoop::Open() {
  epoll_ = AboveStdio(UniqueFd(epoll_create1(EPOLL_CLOEXEC)));
  return epoll_ ? 0 : errno;
}

// Rounded up: a timer is never early, and never spins through its last millisecond.
int EventLoop::WaitMs() const {
  if (timers_.empty()) return -1;
  const uint64_t now = MonotonicNs();
  const uint64_t deadline = timers_.begin()->first;
  if (deadline <= now) return 0;
  const uint64_t ms = (deadline - now + kNsPerMs - 1) / kNsPerMs;
  return static_cast<int>(std::min<uint64_t>(ms, INT_MAX));
}

void EventLoop::RunTimers() {
  const uint64_t now = MonotonicNs();
  while (!timers_.empty() && timers_.begin()->first <= now && !is_stopped_) {
    Timer* timer = timers_.begin()->second;
    const Timer::Handler handler = std::move(timer->handler_);
    timer->Cancel();
    handler();
    Settle();
  }
}

// What is put off may put off more.
void EventLoop::Settle() {
  while (!deferred_.empty()) {
    const std::vector<std::function<void()>> works = std::move(deferred_);
    deferred_.clear();
    for (const std::function<void()>& work : works) work();
  }
}

void EventLoop::Dispatch(uint64_t key, uint32_t events) {
  const uint32_t slot = static_cast<uint32_t>(key);
  const uint32_t generation = static_cast<uint32_t>(key >> 32);
  if (slots_[slot].generation != generation) return;
  // It runs outside of its slot: when it stops its own watch, another may take the slot meanwhile.
  Watch::Handler handler = std::move(slots_[slot].handler);
  handler(events);
  if (slots_[slot].generation == generation) slots_[slot].handler = std::move(handler);
  Settle();
}

int EventLoop::Run() {
  epoll_event events[kBatch];
  Settle();
  while (!is_stopped_) {
    const int count = epoll_wait(epoll_.get(), events, kBatch, WaitMs());
    if (count < 0 && errno != EINTR) return errno;
    for (int i = 0; i < count && !is_stopped_; ++i) Dispatch(events[i].data.u64, events[i].events);
    RunTimers();
  }
  return 0;
}

}  // namespace raw_exec::keeper
