// What the keeper knows of one task while it lives.
#pragma once

#include <cstdint>
#include <memory>

#include "../core/records/task_record.h"
#include "../core/unique_fd.h"
#include "adopted_process.h"
#include "ladder.h"
#include "task_logs.h"

namespace raw_exec::keeper {

// Who can see the main process's end, and signal it without a doubt.
enum class Keeping {
  holder,   // the holder is its parent
  self,     // the keeper is: the holder that started it has died
  adopted,  // neither, by a pidfd
};

struct Task {
  StartRecord record;
  bool is_started = false;  // else the holder is at it still
  Keeping keeping = Keeping::holder;
  wire::ExitFacts exit = {};  // state `running` until the main process has ended

  std::unique_ptr<AdoptedProcess> adopted;
  std::unique_ptr<Ladder> ladder;     // while it is being stopped
  std::unique_ptr<LogsEnd> logs_end;  // while others than the main process may still write

  bool HasEnded() const { return exit.state != static_cast<int32_t>(wire::ExitState::running); }
};

}  // namespace raw_exec::keeper
