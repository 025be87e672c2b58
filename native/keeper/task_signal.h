// Signals to the main process of a task, or to the process group that it leads, by whoever can do
// it without hitting a stranger.
#pragma once

#include <functional>

namespace raw_exec::keeper {

class Keeper;
struct Task;

// `error` is 0 or a positive errno; ESRCH when it has ended. Called now or in a later event.
using OnSignalled = std::function<void(int error)>;
void SignalTask(Keeper* keeper, Task* task, int signal, bool to_group, OnSignalled on_signalled);

// Writes down that its end was asked for.
void NoteStopped(Keeper* keeper, Task* task);

}  // namespace raw_exec::keeper
