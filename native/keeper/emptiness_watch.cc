#include "emptiness_watch.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <string>
#include <utility>

#include "process_handle.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kShortestPauseNs = 1'000'000;
constexpr uint64_t kLongestPauseNs = 50'000'000;

}  // namespace

void EmptinessWatch::Start(EventLoop* loop, const Extent& extent, std::function<void()> on_empty) {
  Stop();
  loop_ = loop;
  extent_ = &extent;
  on_empty_ = std::move(on_empty);
  pause_ns_ = kShortestPauseNs;
  const std::string& v2 = extent.groups().v2();
  if (!v2.empty()) {
    events_ = AboveStdio(UniqueFd(open((v2 + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC)));
  }
  // Without a watch, for want of a descriptor for one, it is looked as in version 1. The first look
  // comes by itself: nothing is told of what has been so before.
  if (events_ && watch_.Start(loop, events_.get(), EPOLLPRI, [this](uint32_t) { Look(); }) != 0) {
    events_.Reset();
  }
  again_.Set(loop, 0, [this] { Look(); });
}

void EmptinessWatch::Stop() {
  watch_.Stop();
  events_.Reset();
  again_.Cancel();
  on_empty_ = nullptr;
}

void EmptinessWatch::Look() {
  // The reading is what makes the next change an event.
  const bool is_tree = extent_->trees().Any();
  if (!is_tree && events_ && IsPopulated(events_.get())) return;
  if (extent_->IsEmpty()) {
    const std::function<void()> on_empty = std::move(on_empty_);
    Stop();
    on_empty();
    return;
  }
  if (is_tree && AwaitTree()) return;
  // Version 1 has members yet, or version 2 has got new ones, of which there will be an event.
  LookAgain();
}

void EmptinessWatch::LookAgain() {
  again_.Set(loop_, pause_ns_, [this] { Look(); });
  pause_ns_ = std::min(pause_ns_ * 2, kLongestPauseNs);
}

// One root after the other. False: one has ended that nobody has seen to yet, which is a matter of
// moments, or no descriptor is to be had for a watch.
bool EmptinessWatch::AwaitTree() {
  watch_.Stop();
  events_ = extent_->trees().OpenOne();
  return events_ && !HasEnded(events_.get()) &&
         watch_.Start(loop_, events_.get(), EPOLLIN, [this](uint32_t) { Look(); }) == 0;
}

}  // namespace raw_exec::keeper
