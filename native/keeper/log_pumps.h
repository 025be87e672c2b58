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
            PumpProcess::OnEnded on_ended);

  // As those of PumpProcess. 0 or a positive errno: the log directory cannot be looked at.
  [[nodiscard]] int Add(uint64_t stream, const LogFiles& files, UniqueFd fifo,
                        PumpProcess::OnAdded on_added);
  void Finish(uint64_t stream);
  void Remove(uint64_t stream);
  void Ask(uint64_t stream, PumpProcess::OnCounters on_counters);

 private:
  PumpProcess* Find(uint64_t stream);

  EventLoop* loop_ = nullptr;
  const StateDirectory* state_ = nullptr;
  const InheritedLimits* limits_ = nullptr;
  PumpProcess::OnEnded on_ended_;
  std::map<uint64_t, std::unique_ptr<PumpProcess>> pumps_;  // by device
  std::unordered_map<uint64_t, PumpProcess*> streams_;
};

}  // namespace raw_exec::keeper
