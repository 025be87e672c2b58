#include "held_fifos.h"

#include "../core/records/task_record.h"
#include "log_fifo.h"

namespace raw_exec::keeper {

void HeldFifos::Open(int tasks_fd) {
  TaskSerials found;
  if (ListTasks(tasks_fd, &found) != 0) return;  // the recovery gives up over it
  for (const uint64_t serial : found.serials) {
    for (int stream = 0; stream < 2; ++stream) {
      UniqueFd reader;
      if (ReopenLogFifo(tasks_fd, serial, stream, &reader) == 0) {
        fifos_.emplace(std::pair(serial, stream), std::move(reader));
      }
    }
  }
}

UniqueFd HeldFifos::Take(uint64_t serial, int stream) {
  const auto found = fifos_.find({serial, stream});
  if (found == fifos_.end()) return UniqueFd();
  UniqueFd taken = std::move(found->second);
  fifos_.erase(found);
  return taken;
}

}  // namespace raw_exec::keeper
