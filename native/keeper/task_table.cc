#include "task_table.h"

#include <algorithm>
#include <utility>

namespace raw_exec::keeper {

Task* TaskTable::Add(std::unique_ptr<Task> task) {
  Task* added = task.get();
  if (!added->record.IsSession()) by_id_.emplace(added->record.task_id, added);
  if (added->record.IsSession() && added->record.is_tree) {
    sessions_.emplace(added->record.session_of, added);
  }
  tasks_.emplace(added->record.serial, std::move(task));
  StartAbove(added->record.serial);
  return added;
}

Task* TaskTable::Find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

Task* TaskTable::Find(uint64_t serial) const {
  const auto found = tasks_.find(serial);
  return found == tasks_.end() ? nullptr : found->second.get();
}

void TaskTable::Remove(uint64_t serial) {
  const auto found = tasks_.find(serial);
  if (found == tasks_.end()) return;
  const StartRecord& record = found->second->record;
  if (!record.IsSession()) by_id_.erase(record.task_id);
  const auto [first, last] = sessions_.equal_range(record.session_of);
  const auto session = std::find_if(
      first, last, [&found](const auto& entry) { return entry.second == found->second.get(); });
  if (session != last) sessions_.erase(session);
  tasks_.erase(found);
}

std::vector<Task*> TaskTable::SessionsOf(uint64_t serial) const {
  std::vector<Task*> found;
  const auto [first, last] = sessions_.equal_range(serial);
  for (auto at = first; at != last; ++at) found.push_back(at->second);
  return found;
}

void TaskTable::StartAbove(uint64_t serial) { last_serial_ = std::max(last_serial_, serial); }

}  // namespace raw_exec::keeper
