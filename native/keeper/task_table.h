// All tasks and sessions that have not been forgotten, by serial; tasks by their id, too.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "task.h"

namespace raw_exec::keeper {

class TaskTable {
 public:
  using Map = std::map<uint64_t, std::unique_ptr<Task>>;

  // Its record holds the serial and the id, which never change; both must be new here. A session
  // has the id of its task.
  Task* Add(std::unique_ptr<Task> task);
  // nullptr when there is none.
  Task* Find(std::string_view id) const;
  Task* Find(uint64_t serial) const;
  void Remove(uint64_t serial);
  // The commands in trees beside a task.
  std::vector<Task*> SessionsOf(uint64_t serial) const;

  // Serials count up, over all keepers of a state directory.
  uint64_t NextSerial() { return ++last_serial_; }
  void StartAbove(uint64_t serial);

  const Map& all() const { return tasks_; }

 private:
  Map tasks_;
  std::unordered_map<std::string_view, Task*> by_id_;  // views of the records' ids
  std::unordered_multimap<uint64_t, Task*> sessions_;  // those in trees, by the task's serial
  uint64_t last_serial_ = 0;
};

}  // namespace raw_exec::keeper
