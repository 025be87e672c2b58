#include "emptiness_watch.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kShortestPauseNs = 1'000'000;
constexpr uint64_t kLongestPauseNs = 50'000'000;

}  // namespace

void EmptinessWatch::Start(EventLoop* loop, const OwnGroups& groups,
                           std::function<void()> on_empty) {
  Stop();
  loop_ = loop;
  groups_ = &groups;
  on_empty_ = std::move(on_empty);
  pause_ns_ = kShortestPauseNs;
  if (!groups.v2().empty()) {
    events_ =
        AboveStdio(UniqueFd(open((groups.v2() + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC)));
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
  if (events_ && IsPopulated(events_.get())) return;
  if (groups_->AreEmpty()) {
    const std::function<void()> on_empty = std::move(on_empty_);
    Stop();
    on_empty();
    return;
  }
  // Version 1 has members yet, or version 2 has got new ones, of which there will be an event.
  again_.Set(loop_, pause_ns_, [this] { Look(); });
  pause_ns_ = std::min(pause_ns_ * 2, kLongestPauseNs);
}

}  // namespace raw_exec::keeper
