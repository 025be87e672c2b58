#include "start_request.h"

#include <algorithm>

#include "../core/plan_wire.h"
#include "../core/wire/pump_messages.h"
#include "group_check.h"
#include "plan_memfd.h"

namespace raw_exec::keeper {
namespace {

constexpr int kLastSignal = 64;
constexpr uint32_t kPermissions = 0777;

bool IsBoolean(int32_t value) { return value == 0 || value == 1; }

bool AreSoundNumbers(const wire::Start& start) {
  return IsBoolean(start.has_cgroup_fd) && start.stdio_fd_count >= 0 &&
         start.stdio_fd_count <= kMaxStdio && start.exec_deadline_ms > 0 &&
         IsBoolean(start.on_supervisor_exit) && IsBoolean(start.containment) &&
         start.v1_count >= 0 && start.v1_count <= wire::kMaxV1Groups &&
         AreSoundSteps(start.steps, start.step_count);
}

bool IsFileName(std::string_view name) {
  return !name.empty() && name.size() <= wire::kMaxLogName && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos;
}

bool IsAbsolute(std::string_view path) { return !path.empty() && path.front() == '/'; }

bool IsSoundLog(const LogFiles& log) {
  const wire::LogSpec& spec = log.spec;
  if (spec.is_on == 0) return log.directory.empty() && log.name.empty();
  return spec.is_on == 1 && IsBoolean(spec.pump) && IsBoolean(spec.when_full) &&
         spec.max_files >= 1 && spec.max_file_size > 0 && spec.mode <= kPermissions &&
         IsAbsolute(log.directory) && IsFileName(log.name);
}

bool TakePath(wire::MessageReader* reader, std::string* text, size_t limit = wire::kMaxPath - 1) {
  std::string_view view;
  if (!reader->TakePath(&view, limit)) return false;
  text->assign(view);
  return true;
}

bool TakeTexts(wire::MessageReader* reader, const wire::Start& start, StartRecord* record) {
  TakePath(reader, &record->task_id, wire::kMaxTaskId);
  TakePath(reader, &record->v2_group);
  record->v1_groups.resize(static_cast<size_t>(start.v1_count));
  for (V1Group& group : record->v1_groups) {
    TakePath(reader, &group.controller);
    TakePath(reader, &group.directory);
  }
  for (size_t i = 0; i < 2; ++i) {
    record->logs[i].spec = start.logs[i];
    TakePath(reader, &record->logs[i].directory);
    TakePath(reader, &record->logs[i].name);
  }
  std::string_view attachment;
  if (!reader->TakeText(&attachment, wire::kMaxAttachment)) return false;
  record->attachment.assign(attachment);
  return reader->IsComplete();
}

}  // namespace

bool AreSoundSteps(const wire::Step* steps, int32_t count) {
  if (count < 0 || count > wire::kMaxSteps) return false;
  return std::all_of(steps, steps + count, [](const wire::Step& step) {
    return step.signal >= 1 && step.signal <= kLastSignal && step.target >= 0 &&
           step.target <= static_cast<int32_t>(wire::SignalTarget::everything) &&
           step.grace_ms >= 0;
  });
}

const char* ReadStartRequest(wire::MessageReader* reader, const std::vector<UniqueFd>& fds,
                             StartRequest* request) {
  wire::Start& start = request->fixed;
  StartRecord& record = request->record;
  if (!reader->Take(&start) || !AreSoundNumbers(start)) return "start: a number is out of range";
  // The same protocol, but plans of another layout.
  if (start.plan_version != kWireVersion) {
    request->is_of_another_build = true;
    return "start: the plan is of another build of raw-exec";
  }
  request->texts = reader->Rest();
  if (!TakeTexts(reader, start, &record) || record.task_id.empty()) {
    return "start: the texts are not as they should be";
  }
  record.on_supervisor_exit = static_cast<wire::OnSupervisorExit>(start.on_supervisor_exit);
  record.is_tree = start.containment == static_cast<int32_t>(wire::Containment::tree);
  record.steps.assign(start.steps, start.steps + start.step_count);
  if (!IsSoundLog(record.logs[0]) || !IsSoundLog(record.logs[1])) {
    return "start: a log is not as it should be";
  }
  const int log_count = start.logs[0].is_on + start.logs[1].is_on;
  const size_t expected = 1 + static_cast<size_t>(start.has_cgroup_fd + start.stdio_fd_count);
  if (fds.size() != expected) return "start: it came with more or fewer descriptors than it says";
  if (expected + static_cast<size_t>(log_count) > wire::kMaxDescriptors) {
    return "start: too many descriptors";
  }
  const char* fault = CheckOwnGroups(record, start.has_cgroup_fd == 1 ? fds[1].get() : -1);
  if (fault != nullptr) return fault;
  return CheckPlanMemfd(fds[0].get(), start, start.stdio_fd_count + log_count,
                        &request->lacks_memory);
}

}  // namespace raw_exec::keeper
