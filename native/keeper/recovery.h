// Finds out what has become of tasks whose processes somebody else has looked after until now.
#pragma once

#include <sys/types.h>

#include <vector>

#include "../core/wire/holder_messages.h"
#include "ladder_state.h"

namespace raw_exec::keeper {

class Keeper;
struct Task;

// Reads all records. `held` are the tasks that a living holder is the parent of; nullptr: one lives
// that has not said so yet. What cannot be used is set aside with a warning, and stops nothing
// else. Returns 0 or a positive errno: the state directory cannot be read at all.
[[nodiscard]] int RecoverTasks(Keeper* keeper, const std::vector<wire::Held>* held);

// A holder that was silent, or out of touch, says what it holds: finds the tasks that have ended
// meanwhile.
void CheckHeld(Keeper* keeper, const std::vector<wire::Held>& held);

// A child of ours has ended that we have not started. True when it is the main process of a task:
// its holder has died, of which we may not have been told yet.
bool KeepOrphan(Keeper* keeper, pid_t pid);

// A tree has been started by the holder: its reaper and its main process are the keeper's to watch.
void TakeTree(Keeper* keeper, Task* task);

// The holder has died: finds each of its tasks again.
void TakeOver(Keeper* keeper);

// The stops that were under way in the keeper that has handed over to us; after RecoverTasks.
void ResumeLadders(Keeper* keeper, const std::vector<LadderState>& ladders);

}  // namespace raw_exec::keeper
