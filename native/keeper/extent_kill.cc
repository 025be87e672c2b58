#include "extent_kill.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include "../core/group_files.h"
#include "../core/member_signal.h"
#include "../core/sys.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kShortestPauseNs = 1'000'000;
constexpr uint64_t kLongestPauseNs = 50'000'000;

}  // namespace

void ExtentKill::Start(EventLoop* loop, const Extent& extent, std::function<void()> on_empty) {
  loop_ = loop;
  extent_ = &extent;
  pause_ns_ = kShortestPauseNs;
  MemberList members;
  // Only for the count: that not all could be listed keeps nobody alive.
  (void)extent.List(&members);
  killed_ = static_cast<int>(members.pids().size());
  empty_.Start(loop, extent, [this, done = std::move(on_empty)] {
    Stop();
    done();
  });
  if (extent.trees().Any()) return TreeRound(true);
  // A task that root runs may have moved some of itself out of the v2 group, but not out of all of
  // its v1 groups; and without cgroup.kill a listing can miss who forks.
  if (!KillAtOnce() || !extent.groups().v1().empty()) Round();
}

// To walk through a big tree takes long: at most half of the time goes into walks.
void ExtentKill::TreeRound(bool is_first) {
  const uint64_t started_ns = MonotonicNs();
  extent_->trees().Kill(is_first);
  const uint64_t walk_ns = MonotonicNs() - started_ns;
  again_.Set(loop_, std::max(pause_ns_, walk_ns), [this] { TreeRound(false); });
  pause_ns_ = std::min(pause_ns_ * 2, kLongestPauseNs);
}

// cgroup.kill, 5.14. Before, the group is frozen, so that its lists of members hold; the killed
// leave a frozen v2 group, and what is left thaws at the end.
bool ExtentKill::KillAtOnce() {
  if (extent_->groups().v2().empty()) return false;
  const int error = WriteGroupFile((extent_->groups().v2() + "/cgroup.kill").c_str(), "1");
  extent_->groups().Thaw();
  if (error == 0) return true;
  if (error == ENOENT) {
    is_frozen_ = WriteGroupFile((extent_->groups().v2() + "/cgroup.freeze").c_str(), "1") == 0;
  }
  return false;
}

void ExtentKill::Round() {
  // What this round does not reach the next one does; when none is, the groups are not empty at the
  // end of the grace, and that is told.
  (void)SignalMembers(extent_->groups().directories(), SIGKILL, MemberList(), 0);
  extent_->groups().Thaw();
  again_.Set(loop_, pause_ns_, [this] { Round(); });
  pause_ns_ = std::min(pause_ns_ * 2, kLongestPauseNs);
}

void ExtentKill::Stop() {
  empty_.Stop();
  again_.Cancel();
  if (!is_frozen_) return;
  is_frozen_ = false;
  // A group that is gone needs no thaw.
  (void)WriteGroupFile((extent_->groups().v2() + "/cgroup.freeze").c_str(), "0");
}

}  // namespace raw_exec::keeper
