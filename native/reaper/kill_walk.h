// Signals to every descendant of this process, and the walk that kills them all.
#pragma once

#include <cstdint>

#include "../core/process_tree.h"
#include "../core/reaper_wire.h"

namespace raw_exec {

// Sends to every descendant, in rounds until one meets nobody new. Fills in everything but the id.
void SignalTree(int32_t self, int signal, ReaperReply* reply);

// One round of a kill. `is_first` forgets who was counted before. The first round kills every
// process group that is seen, which no fork escapes: the kernel checks for a signal before a child
// gets visible. Later ones do that, then stop each process that is left, so that it cannot go on
// forking, and then kill each. Returns how many processes have been met in all rounds so far.
int KillRound(int32_t self, bool is_first);

// Who is there now although SIGKILL was sent, or could not be sent, to it.
void ListSurvivors(int32_t self, ReaperReply* reply);

}  // namespace raw_exec
