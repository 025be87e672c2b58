#include "keeper_absence.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "../core/clone_raw.h"
#include "../core/sys.h"
#include "child_entry.h"

namespace raw_exec {
namespace {

// A supervisor's client starts another keeper as soon as its socket hangs up.
constexpr uint64_t kGraceNs = 500'000'000;
// A keeper that cannot start is not started all the time.
constexpr uint64_t kLongestDelayNs = 30'000'000'000;

// Tasks, or what they have left behind.
bool HasChildren() {
  siginfo_t info = {};
  const long result =
      Waitid(0 /* P_ALL */, 0, &info, WEXITED | WNOHANG | WNOWAIT | kWaitAll, nullptr);
  return result != -ECHILD;
}

}  // namespace

KeeperAbsence::KeeperAbsence(keeper::EventLoop* loop, std::string program, std::string state,
                             std::function<void()> end)
    : loop_(loop), program_(std::move(program)), state_(std::move(state)), end_(std::move(end)) {}

void KeeperAbsence::Begin() {
  delay_ns_ = kGraceNs;
  timer_.Set(loop_, delay_ns_, [this] { Act(); });
}

void KeeperAbsence::End(bool is_supervised) {
  timer_.Cancel();
  is_supervised_ = is_supervised;
}

bool KeeperAbsence::OnChildEnd(pid_t pid) {
  if (pid != keeper_pid_) return false;
  keeper_pid_ = -1;
  return true;
}

void KeeperAbsence::Act() {
  if (!HasChildren()) return end_();
  // One that is slow to attach is waited for: a second would find the state directory locked.
  if (keeper_pid_ < 0 && !is_supervised_) StartKeeper();
  delay_ns_ = std::min(delay_ns_ * 2, kLongestDelayNs);
  timer_.Set(loop_, delay_ns_, [this] { Act(); });
}

// One that cannot be started now is tried again later, as one that has ended.
void KeeperAbsence::StartKeeper() {
  std::string name = "raw-exec-keeper";
  std::string part = "keeper";
  std::string state_option = "--state";
  std::string foreground = "--foreground";
  char* const argv[] = {name.data(),   part.data(),       state_option.data(),
                        state_.data(), foreground.data(), nullptr};
  const ProgramEntry entry = {program_.c_str(), argv, environ};
  CloneRequest clone = {};
  clone.exit_signal = SIGCHLD;
  const long pid = CloneInto(clone, false, RunProgramChild, &entry);
  if (pid > 0) keeper_pid_ = static_cast<pid_t>(pid);
}

}  // namespace raw_exec
