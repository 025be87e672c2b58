// One pump, its streams, and the next one when it dies. It is for one file system: a stalled disk
// blocks the logs on it, and no others.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "../core/records/task_record.h"
#include "../core/unique_fd.h"
#include "../core/wire/message_reader.h"
#include "../core/wire/pump_messages.h"
#include "channel.h"
#include "event_loop.h"
#include "helper_process.h"

namespace raw_exec::keeper {

class PumpProcess {
 public:
  // `error` is 0 or a positive errno; `entry` is what the log directory has that is in the way.
  using OnAdded = std::function<void(int error, wire::PumpRefusal refusal, std::string_view entry)>;
  using OnCounters = std::function<void(const wire::LogCounters& counters)>;
  using OnEnded = std::function<void(uint64_t stream)>;
  using OnWarning = std::function<void(const std::string& text)>;

  // Borrows the first two.
  PumpProcess(EventLoop* loop, const InheritedLimits* limits, std::string lock_path,
              OnEnded on_ended, OnWarning on_warning);

  // The descriptor stays open here until the stream has ended: what is in the FIFO would vanish
  // with a pump that dies. `on_added` may be empty, and is called in a later event, if ever.
  void Add(uint64_t stream, const LogFiles& files, UniqueFd fifo, OnAdded on_added);
  void Finish(uint64_t stream);
  // Whatever is in the FIFO.
  void Remove(uint64_t stream);
  void Ask(uint64_t stream, OnCounters on_counters);

 private:
  struct Stream {
    LogFiles files;
    UniqueFd fifo;
    bool is_finishing = false;
    OnAdded on_added;
    // Of a stream that a pump had before: how often in a row it was refused, and by which errno.
    int refusals = 0;
    int refused_by = 0;
  };

  void Launch();
  void OnMessage(Incoming* message);
  void OnAdd(wire::MessageReader* reader);
  void OnRefused(uint64_t number, const wire::PumpAdded& added, std::string_view entry);
  void AskAgain();
  void OnDeath();
  void SendAdd(uint64_t number, const Stream& stream);
  void Tell(wire::PumpKind kind, uint64_t stream);
  void End(uint64_t stream);

  EventLoop* loop_;
  const InheritedLimits* limits_;
  std::string lock_path_;
  OnEnded on_ended_;
  OnWarning on_warning_;
  Channel channel_;
  UniqueFd pidfd_;
  Watch death_;
  Timer again_;
  uint64_t launched_at_ns_ = 0;
  uint64_t pause_ns_ = 0;
  std::map<uint64_t, Stream> streams_;
  Timer refused_again_;
  uint64_t last_request_ = 0;
  std::unordered_map<uint64_t, OnCounters> questions_;
};

}  // namespace raw_exec::keeper
