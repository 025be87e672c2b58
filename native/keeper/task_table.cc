#include "task_table.h"

#include <algorithm>
#include <utility>

namespace raw_exec::keeper {

Task* TaskTable::Add(std::unique_ptr<Task> task) {
  Task* added = task.get();
  by_id_.emplace(added->record.task_id, added);
  tasks_.emplace(added->record.serial, std::move(task));
  StartAbove(added->record.serial);
  return added;
}

Task* TaskTable::Find(std::string_view id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

Task* TaskTable::Find(uint64_t serial) {
  const auto found = tasks_.find(serial);
  return found == tasks_.end() ? nullptr : found->second.get();
}

void TaskTable::Remove(uint64_t serial) {
  const auto found = tasks_.find(serial);
  if (found == tasks_.end()) return;
  by_id_.erase(found->second->record.task_id);
  tasks_.erase(found);
}

void TaskTable::StartAbove(uint64_t serial) { last_serial_ = std::max(last_serial_, serial); }

}  // namespace raw_exec::keeper
