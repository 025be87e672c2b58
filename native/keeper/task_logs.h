// The logs of a task, from its start until nobody can write to them any more.
#pragma once

#include <cstdint>

#include "emptiness_watch.h"
#include "extent.h"

namespace raw_exec::keeper {

class Keeper;
struct Task;

// For a task whose main process has ended, while others of it may still write.
struct LogsEnd {
  LogsEnd(const TaskTable& tasks, const Task& task) : extent(tasks, task) {}
  Extent extent;
  EmptinessWatch empty;
};

inline uint64_t LogStreamOf(uint64_t serial, int stream) {
  return serial * 2 + static_cast<uint64_t>(stream);
}

// For a task that a keeper before us has started.
void ReopenLogs(Keeper* keeper, Task* task);

// Its main process has ended.
void FinishLogs(Keeper* keeper, Task* task);

// The pump says that a stream has ended.
void OnLogEnded(Keeper* keeper, uint64_t stream);

}  // namespace raw_exec::keeper
