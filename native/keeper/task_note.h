// Writes the start record of a running task again, when what it says has changed.
#pragma once

#include <functional>

namespace raw_exec::keeper {

class Keeper;
struct Task;

// task->record says it already. `error` is 0 or a positive errno. Called now or in a later event.
void WriteNote(Keeper* keeper, Task* task, std::function<void(int error)> on_written);

}  // namespace raw_exec::keeper
