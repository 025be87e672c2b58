// Signals to every descendant of a process, and the walk that kills them all.
#pragma once

#include <cstdint>

#include "../core/process_tree.h"
#include "../core/reaper_wire.h"

namespace raw_exec {

// Whose descendants they are: a subreaper that leads a session of its own. With a pidfd it may be
// another process than this one: its children are its own only as long as it has not ended.
struct TreeRoot {
  int32_t pid;
  int32_t pidfd;  // -1: it is this process
};

// Sends to every descendant, in rounds until one meets nobody new. Fills in everything but the id.
void SignalTree(const TreeRoot& root, int signal, ReaperReply* reply);

// One round of a kill. `is_first` forgets who was counted before. The first round kills every
// process group that is seen, which no fork escapes: the kernel checks for a signal before a child
// gets visible. Later ones do that, then stop each process that is left, so that it cannot go on
// forking, and then kill each. Returns how many processes have been met in all rounds so far, of
// one root.
int KillRound(const TreeRoot& root, bool is_first);

// Who is there now although SIGKILL was sent, or could not be sent, to it.
void ListSurvivors(const TreeRoot& root, ReaperReply* reply);

}  // namespace raw_exec
