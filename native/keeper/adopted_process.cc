#include "adopted_process.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "../core/sys.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kInfoExit = 8;               // PIDFD_INFO_EXIT, linux/pidfd.h; 6.15
constexpr unsigned long kGetInfo = 0xC040FF0B;  // PIDFD_GET_INFO for the first size of the struct
// How long a parent may take to reap. Some never do.
constexpr uint64_t kReapGraceNs = 5'000'000'000;
constexpr uint64_t kShortestPauseNs = 1'000'000;
constexpr uint64_t kLongestPauseNs = 50'000'000;

// struct pidfd_info of linux/pidfd.h in its first size.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup_id;
  uint32_t ids[11];
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);

bool AskStatus(int pidfd, int* status) {
  PidfdInfo info = {};
  info.mask = kInfoExit;
  if (ioctl(pidfd, kGetInfo, &info) != 0 || (info.mask & kInfoExit) == 0) return false;
  *status = info.exit_code;
  return true;
}

}  // namespace

int AdoptedProcess::Start(EventLoop* loop, UniqueFd pidfd, IsRecorded is_recorded,
                          OnEnded on_ended) {
  loop_ = loop;
  is_recorded_ = std::move(is_recorded);
  pidfd_ = std::move(pidfd);
  on_ended_ = std::move(on_ended);
  return watch_.Start(loop, pidfd_.get(), EPOLLIN, [this](uint32_t events) { OnEvents(events); });
}

// EPOLLIN tells that it has ended, EPOLLHUP that it has been reaped; only then the kernel keeps the
// status for us. A kernel that knows no status for pidfds knows no EPOLLHUP for them either.
void AdoptedProcess::OnEvents(uint32_t events) {
  if ((events & EPOLLHUP) != 0 || PidfdSendSignal(pidfd_.get(), 0) == -ESRCH) {
    int status = 0;
    const bool is_known = AskStatus(pidfd_.get(), &status);
    return Tell(is_known, status);
  }
  watch_.Change(0);
  pause_ns_ = is_recorded_ ? kShortestPauseNs : kReapGraceNs;
  given_up_at_ns_ = MonotonicNs() + kReapGraceNs;
  AwaitParent();
}

// Between two looks it may also be reaped, which kernels without EPOLLHUP do not tell.
void AdoptedProcess::AwaitParent() {
  if (is_recorded_ && is_recorded_()) return Tell(false, 0);
  if (MonotonicNs() >= given_up_at_ns_ || PidfdSendSignal(pidfd_.get(), 0) == -ESRCH) {
    int status = 0;
    const bool is_known = AskStatus(pidfd_.get(), &status);
    return Tell(is_known, status);
  }
  unreaped_.Set(loop_, pause_ns_, [this] { AwaitParent(); });
  pause_ns_ = std::min(pause_ns_ * 2, kLongestPauseNs);
}

void AdoptedProcess::Tell(bool is_known, int status) {
  watch_.Stop();
  unreaped_.Cancel();
  const OnEnded on_ended = std::move(on_ended_);
  on_ended(is_known, status);
}

}  // namespace raw_exec::keeper
