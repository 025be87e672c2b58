#include "log_pumps.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "log_fifo.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kShortestPauseNs = 100'000'000;
constexpr uint64_t kLongestPauseNs = 5'000'000'000;
// Some twenty seconds, as for a stream that a pump refuses.
constexpr int kTriesForARest = 10;

// What the kernel knows already will do: a network file system is not asked, nor anything mounted.
int FindDevice(const std::string& directory, uint64_t* device) {
  struct statx found = {};
  if (statx(AT_FDCWD, directory.c_str(), AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE,
            &found) != 0) {
    return errno;
  }
  *device = uint64_t{found.stx_dev_major} << 32 | found.stx_dev_minor;
  return 0;
}

}  // namespace

void LogPumps::Open(EventLoop* loop, const StateDirectory* state, const InheritedLimits* limits,
                    PumpProcess::OnEnded on_ended, PumpProcess::OnWarning on_warning) {
  loop_ = loop;
  state_ = state;
  limits_ = limits;
  on_ended_ = std::move(on_ended);
  on_warning_ = std::move(on_warning);
}

int LogPumps::Add(uint64_t stream, const LogFiles& files, UniqueFd fifo,
                  PumpProcess::OnAdded on_added) {
  uint64_t device = 0;
  if (const int error = FindDevice(files.directory, &device); error != 0) return error;
  AddTo(device, stream, files, std::move(fifo), std::move(on_added));
  return 0;
}

void LogPumps::AddTo(uint64_t device, uint64_t stream, const LogFiles& files, UniqueFd fifo,
                     PumpProcess::OnAdded on_added) {
  std::unique_ptr<PumpProcess>& pump = pumps_[device];
  if (pump == nullptr) {
    const std::string lock = state_->path() + "/pump-" + std::to_string(device >> 32) + "-" +
                             std::to_string(device & 0xffffffffU) + ".lock";
    pump = std::make_unique<PumpProcess>(
        loop_, limits_, lock,
        [this](uint64_t ended) {
          streams_.erase(ended);
          on_ended_(ended);
        },
        on_warning_);
  }
  streams_[stream] = pump.get();
  pump->Add(stream, files, std::move(fifo), std::move(on_added));
}

void LogPumps::Reopen(uint64_t stream, const LogFiles& files, UniqueFd fifo) {
  uint64_t device = 0;
  const int error = FindDevice(files.directory, &device);
  if (error == 0) return AddTo(device, stream, files, std::move(fifo), nullptr);
  on_warning_("cannot go on with the log " + files.directory + "/" + files.name +
              ", and tries again: " + std::strerror(error));
  homeless_[stream] = {files, std::move(fifo), false, 0};
  pause_ns_ = 0;
  TryLater();
}

void LogPumps::TryLater() {
  if (again_.is_set() || homeless_.empty()) return;
  pause_ns_ = std::clamp(pause_ns_ * 2, kShortestPauseNs, kLongestPauseNs);
  again_.Set(loop_, pause_ns_, [this] { TryAgain(); });
}

void LogPumps::TryAgain() {
  for (auto at = homeless_.begin(); at != homeless_.end();) {
    auto& [stream, waiting] = *at;
    uint64_t device = 0;
    const int error = FindDevice(waiting.files.directory, &device);
    const bool has_ended = waiting.is_finishing || !HasLogWriter(waiting.fifo.get());
    const bool is_over = has_ended && ++waiting.tries > kTriesForARest;
    if (error != 0 && !is_over) {
      ++at;
      continue;
    }
    const uint64_t number = stream;
    Homeless taken = std::move(waiting);
    at = homeless_.erase(at);
    if (error != 0) {
      on_warning_("gives up what is left of the ended log " + taken.files.directory + "/" +
                  taken.files.name + ": " + std::strerror(error));
      on_ended_(number);
      continue;
    }
    Reopen(number, taken.files, std::move(taken.fifo));
    if (taken.is_finishing) Finish(number);
  }
  TryLater();
}

PumpProcess* LogPumps::Find(uint64_t stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : found->second;
}

void LogPumps::Finish(uint64_t stream) {
  const auto waiting = homeless_.find(stream);
  if (waiting != homeless_.end()) waiting->second.is_finishing = true;
  if (PumpProcess* pump = Find(stream); pump != nullptr) pump->Finish(stream);
}

void LogPumps::Remove(uint64_t stream) {
  if (PumpProcess* pump = Find(stream); pump != nullptr) pump->Remove(stream);
  streams_.erase(stream);
  homeless_.erase(stream);
}

void LogPumps::Ask(uint64_t stream, PumpProcess::OnCounters on_counters) {
  if (PumpProcess* pump = Find(stream); pump != nullptr) {
    return pump->Ask(stream, std::move(on_counters));
  }
  wire::LogCounters counters = {};
  counters.error = homeless_.contains(stream) ? EAGAIN : ENOENT;
  counters.has_ended = homeless_.contains(stream) ? 0 : 1;
  on_counters(counters);
}

}  // namespace raw_exec::keeper
