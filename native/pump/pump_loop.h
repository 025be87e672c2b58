// The pump's one thread: requests of the keeper, FIFOs that have something, times to try again.
#pragma once

#include <string_view>

#include "../core/unique_fd.h"
#include "../core/wire/message_reader.h"
#include "control_socket.h"
#include "pace.h"
#include "stream_table.h"

namespace raw_exec {

class PumpLoop {
 public:
  explicit PumpLoop(int control_fd);

  // Returns errno.
  int Open();
  // Until the keeper is gone and nothing is left to do. Returns errno.
  int Run();

 private:
  bool Wait();
  void Pause(uint64_t ns);
  void ServeKeeper();
  void Answer(wire::MessageReader* request, UniqueFd descriptor);
  void AnswerAdd(wire::MessageReader* request, UniqueFd descriptor);
  void AnswerAsk(uint64_t request, uint64_t stream);
  void SendCounters(wire::PumpKind kind, uint64_t request, uint64_t stream,
                    const wire::LogCounters& counters);
  void WatchControl();

  UniqueFd epoll_;
  ControlSocket control_;
  StreamTable streams_;
  Pace pace_;
  uint64_t retry_at_ns_ = 0;
  uint64_t leave_at_ns_ = 0;  // 0: as long as there is a keeper
  bool has_keeper_ = true;
  uint32_t control_events_ = 0;
  char buffer_[wire::kMaxMessage];
};

}  // namespace raw_exec
