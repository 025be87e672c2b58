// The pumps, one for each file system that logs are on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>

#include "pump_process.h"
#include "state_directory.h"

namespace raw_exec::keeper {

class LogPumps {
 public:
  // All are borrowed.
  void Open(EventLoop* loop, const StateDirectory* state, const InheritedLimits* limits,
            PumpProcess::OnEnded on_ended, PumpProcess::OnWarning on_warning);

  // As those of PumpProcess. 0 or a positive errno: the log directory cannot be looked at.
  [[nodiscard]] int Add(uint64_t stream, const LogFiles& files, UniqueFd fifo,
                        PumpProcess::OnAdded on_added);
  // The same for a stream that there was before: where it cannot be added it is tried again, with a
  // warning, until it has ended for a while.
  void Reopen(uint64_t stream, const LogFiles& files, UniqueFd fifo);
  void Finish(uint64_t stream);
  void Remove(uint64_t stream);
  void Ask(uint64_t stream, PumpProcess::OnCounters on_counters);

 private:
  // Its directory cannot be looked at, so which pump is for it is not known.
  struct Homeless {
    LogFiles files;
    UniqueFd fifo;
    bool is_finishing = false;
    int tries = 0;
  };

  void AddTo(uint64_t device, uint64_t stream, const LogFiles& files, UniqueFd fifo,
             PumpProcess::OnAdded on_added);
  PumpProcess* Find(uint64_t stream);
  void TryLater();
  void TryAgain();

  EventLoop* loop_ = nullptr;
  const StateDirectory* state_ = nullptr;
  const InheritedLimits* limits_ = nullptr;
  PumpProcess::OnEnded on_ended_;
  PumpProcess::OnWarning on_warning_;
  std::map<uint64_t, std::unique_ptr<PumpProcess>> pumps_;  // by device
  std::unordered_map<uint64_t, PumpProcess*> streams_;
  std::map<uint64_t, Homeless> homeless_;
  Timer again_;
  uint64_t pause_ns_ = 0;
};

}  // namespace raw_exec::keeper
