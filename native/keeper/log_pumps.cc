#include "log_pumps.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>

namespace raw_exec::keeper {
namespace {

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
                    PumpProcess::OnEnded on_ended) {
  loop_ = loop;
  state_ = state;
  limits_ = limits;
  on_ended_ = std::move(on_ended);
}

int LogPumps::Add(uint64_t stream, const LogFiles& files, UniqueFd fifo,
                  PumpProcess::OnAdded on_added) {
  uint64_t device = 0;
  if (const int error = FindDevice(files.directory, &device); error != 0) return error;
  std::unique_ptr<PumpProcess>& pump = pumps_[device];
  if (pump == nullptr) {
    const std::string lock = state_->path() + "/pump-" + std::to_string(device >> 32) + "-" +
                             std::to_string(device & 0xffffffffU) + ".lock";
    pump = std::make_unique<PumpProcess>(loop_, limits_, lock, [this](uint64_t ended) {
      streams_.erase(ended);
      on_ended_(ended);
    });
  }
  streams_[stream] = pump.get();
  pump->Add(stream, files, std::move(fifo), std::move(on_added));
  return 0;
}

PumpProcess* LogPumps::Find(uint64_t stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : found->second;
}

void LogPumps::Finish(uint64_t stream) {
  if (PumpProcess* pump = Find(stream); pump != nullptr) pump->Finish(stream);
}

void LogPumps::Remove(uint64_t stream) {
  if (PumpProcess* pump = Find(stream); pump != nullptr) pump->Remove(stream);
  streams_.erase(stream);
}

void LogPumps::Ask(uint64_t stream, PumpProcess::OnCounters on_counters) {
  if (PumpProcess* pump = Find(stream); pump != nullptr) {
    return pump->Ask(stream, std::move(on_counters));
  }
  wire::LogCounters counters = {};
  counters.error = ENOENT;
  counters.has_ended = 1;
  on_counters(counters);
}

}  // namespace raw_exec::keeper
