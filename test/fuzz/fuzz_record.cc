// A task's records as they may lie on a disk.
#include <fcntl.h>
#include <unistd.h>

#include "../../native/core/records/task_record.h"
#include "decoders.h"
#include "surroundings.h"

namespace raw_exec::fuzz {
namespace {

constexpr uint64_t kSerial = 1;

// With kMended the header is that of these bytes, with the sum of them.
void Put(int tasks_fd, const Input& input, const char* name, RecordKind kind) {
  const TaskPath path(kSerial, name);
  if (input.Has(kMended)) {
    if (WriteRecordFile(tasks_fd, "new", path.get(), kind, input.bytes) != 0) return;
    return;
  }
  const UniqueFd file(openat(tasks_fd, path.get(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file || write(file.get(), input.bytes.data(), input.bytes.size()) < 0) {
    GiveUp("write a record");
  }
}

bool AreSame(const StartRecord& one, const StartRecord& other) {
  return one.session_of == other.session_of && one.task_id == other.task_id &&
         one.v2_group == other.v2_group && one.v1_groups.size() == other.v1_groups.size() &&
         one.steps.size() == other.steps.size() && one.attachment == other.attachment &&
         one.pid == other.pid && one.start_ticks == other.start_ticks &&
         one.logs[1].name == other.logs[1].name && one.is_tree == other.is_tree &&
         one.reaper_pid == other.reaper_pid && one.reaper_start_ticks == other.reaper_start_ticks;
}

}  // namespace

// What could be read can be written, and is then read as the same.
void FuzzRecord(const Input& input) {
  keeper::StateDirectory state;
  if (state.Open(StatePath())) GiveUp("open its state directory");
  if (input.Has(kExit)) {
    Put(state.tasks_fd(), input, "exit", RecordKind::exit);
    ExitRecord exit;
    if (ReadExit(state.tasks_fd(), kSerial, &exit) == 0 && exit.serial != kSerial) __builtin_trap();
    return;
  }
  const RecordKind kind = input.Has(kTree)      ? RecordKind::tree
                          : input.Has(kSession) ? RecordKind::session
                                                : RecordKind::start;
  Put(state.tasks_fd(), input, "start", kind);
  StartRecord record;
  if (ReadStart(state.tasks_fd(), kSerial, &record) != 0) return;
  StartRecord again;
  if (WriteStart(state.tasks_fd(), record) != 0) return;
  if (ReadStart(state.tasks_fd(), kSerial, &again) != 0 || !AreSame(record, again)) {
    __builtin_trap();
  }
}

}  // namespace raw_exec::fuzz
