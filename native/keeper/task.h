// What the keeper knows of one task while it lives; of a session (sessions.h), too.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../core/records/task_record.h"
#include "../core/unique_fd.h"
#include "adopted_process.h"
#include "ladder.h"
#include "task_logs.h"
#include "watched_process.h"

namespace raw_exec::keeper {

// Who can see the main process's end, and signal it without a doubt.
enum class Keeping {
  holder,   // the holder is its parent
  self,     // the keeper is: the holder that started it has died
  adopted,  // neither, by a pidfd
};

struct Task {
  StartRecord record;
  bool is_started = false;    // else the holder is at it still
  bool is_orphaned = false;   // a session whose supervisor has ended
  bool is_unwatched = false;  // no descriptor was to be had to see its end by; it is tried again
  Keeping keeping = Keeping::holder;
  wire::ExitFacts exit = {};  // state `running` until the main process has ended

  std::unique_ptr<AdoptedProcess> adopted;
  // Of a tree: its reaper, until that has ended; or what has lost it (task_tree.h).
  std::vector<std::unique_ptr<WatchedProcess>> roots;
  Timer left;  // of a session that was forgotten: until what it has left is written down
  std::unique_ptr<Ladder> ladder;     // while it is being stopped
  std::unique_ptr<LogsEnd> logs_end;  // while others than the main process may still write

  bool HasEnded() const { return exit.state != static_cast<int32_t>(wire::ExitState::running); }
};

}  // namespace raw_exec::keeper
