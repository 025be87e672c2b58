// The end of all that is known of a task, or of a session: of its records, too.
#pragma once

#include <functional>

#include "server.h"
#include "task.h"

namespace raw_exec::keeper {

class Keeper;

// Its main process has ended. Tells in this event or a later one, with 0 or the positive errno for
// which the records stay: then it stays known, too.
void ForgetTask(Keeper* keeper, const Task& task, std::function<void(int error)> on_forgotten);

void AnswerForget(Keeper* keeper, const Asker& asker, int error);

}  // namespace raw_exec::keeper
