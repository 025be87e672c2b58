#include "start_order.h"

#include <string>
#include <string_view>
#include <utility>

#include "../core/spawn_plan.h"
#include "../core/wire/holder_messages.h"

namespace raw_exec {
namespace {

constexpr int32_t kMaxDeadlineMs = 24 * 3600 * 1000;

bool IsIn(int64_t value, int64_t low, int64_t high) { return value >= low && value <= high; }

bool AreNumbersSound(const wire::Start& start) {
  return IsIn(start.has_cgroup_fd, 0, 1) && IsIn(start.stdio_fd_count, 0, kMaxStdio) &&
         IsIn(start.exec_deadline_ms, 1, kMaxDeadlineMs) &&
         IsIn(start.v1_count, 0, wire::kMaxV1Groups) &&
         IsIn(start.containment, 0, static_cast<int64_t>(wire::Containment::tree)) &&
         IsIn(start.step_count, 0, wire::kMaxSteps) &&
         IsIn(start.on_supervisor_exit, 0, static_cast<int64_t>(wire::OnSupervisorExit::kill));
}

bool TakePathInto(wire::MessageReader* reader, std::string* path,
                  size_t limit = wire::kMaxPath - 1) {
  std::string_view text;
  if (!reader->TakePath(&text, limit)) return false;
  path->assign(text);
  return true;
}

bool TakeTexts(wire::MessageReader* reader, const wire::Start& start, StartRecord* record) {
  TakePathInto(reader, &record->task_id, wire::kMaxTaskId);
  TakePathInto(reader, &record->v2_group);
  record->v1_groups.resize(static_cast<size_t>(start.v1_count));
  for (V1Group& group : record->v1_groups) {
    TakePathInto(reader, &group.controller);
    TakePathInto(reader, &group.directory);
  }
  for (int i = 0; i < 2; ++i) {
    record->logs[i].spec = start.logs[i];
    TakePathInto(reader, &record->logs[i].directory);
    TakePathInto(reader, &record->logs[i].name);
  }
  std::string_view attachment;
  if (reader->TakeText(&attachment, wire::kMaxAttachment)) record->attachment.assign(attachment);
  return reader->IsComplete() && !record->task_id.empty();
}

// In the order of client_messages.h; those of the logs come last.
bool TakeDescriptors(const wire::Start& start, std::vector<UniqueFd>* fds, StartOrder* order) {
  const size_t logs = (start.logs[0].is_on != 0 ? 1U : 0U) + (start.logs[1].is_on != 0 ? 1U : 0U);
  const size_t others = 1U + static_cast<size_t>(start.has_cgroup_fd);
  if (fds->size() != others + static_cast<size_t>(start.stdio_fd_count) + logs) return false;
  order->plan = std::move((*fds)[0]);
  if (start.has_cgroup_fd != 0) order->cgroup = std::move((*fds)[1]);
  for (size_t i = others; i < fds->size(); ++i) order->stdio.push_back(std::move((*fds)[i]));
  return true;
}

}  // namespace

bool ReadStartOrder(wire::MessageReader* reader, std::vector<UniqueFd>* fds, StartOrder* order) {
  wire::HolderStart head = {};
  if (!reader->Take(&head) || head.serial == 0 || !AreNumbersSound(head.start)) return false;
  const wire::Start& start = head.start;
  StartRecord& record = order->record;
  order->request = reader->frame().request;
  order->plan_size = start.plan_size;
  order->plan_version = start.plan_version;
  order->features = start.features;
  order->exec_deadline_ms = start.exec_deadline_ms;
  record.serial = head.serial;
  record.session_of = head.session_of;
  record.supervisor_pid = head.supervisor_pid;
  record.supervisor_start_ticks = head.supervisor_start_ticks;
  record.on_supervisor_exit = static_cast<wire::OnSupervisorExit>(start.on_supervisor_exit);
  record.is_tree = start.containment == static_cast<int32_t>(wire::Containment::tree);
  record.steps.assign(start.steps, start.steps + start.step_count);
  return TakeTexts(reader, start, &record) && TakeDescriptors(start, fds, order);
}

}  // namespace raw_exec
