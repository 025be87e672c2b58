// Commands that run beside a task. A session is held, recorded and stopped as a task is; what is
// its own stands here: it needs a task that runs, and ends with its supervisor, since its input and
// output are that one's.
#pragma once

#include <cstdint>

#include "server.h"
#include "task.h"

namespace raw_exec::keeper {

class Keeper;

// The serial of the task beside which it may run. 0: it may not, and that has been answered.
[[nodiscard]] uint64_t FindTaskBeside(Keeper* keeper, const Asker& asker,
                                      const StartRecord& session);

// Its program runs. A stop of the task may have been begun meanwhile, and have missed it.
void OnSessionStarted(Keeper* keeper, Task* session);

// Nothing runs of a tree any more, be it a task's or a session's.
void OnTreeEnded(Keeper* keeper, Task* task);

// Its main process has ended, or a stop of it: what nobody waits for any more goes.
void OnSessionEnded(Keeper* keeper, const Task& session);

// The records of a task's sessions that were left so go with it.
void DropSessions(Keeper* keeper, uint64_t task_serial);

// Its supervisor has ended: then so does it, and nobody is left to forget it.
void OnSessionOrphaned(Keeper* keeper, Task* session);

// For commands that have ended. What one has left in a tree of its own stays with the task, under a
// record that nobody asks for any more.
void HandleForgetSession(Keeper* keeper, const Request& request);

}  // namespace raw_exec::keeper
