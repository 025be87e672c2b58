// How the records' bytes are laid out. MessageWriter and MessageReader do the work: a record is
// read as carefully as a message.
#include "task_record.h"

#include <cerrno>
#include <cstdio>
#include <memory>

#include "../wire/message_reader.h"
#include "../wire/message_writer.h"

namespace raw_exec {
namespace {

struct StartNumbers {
  uint64_t serial;
  uint64_t boot_id[2];
  uint64_t start_ticks;
  uint64_t pidfs_inode;
  int64_t started_at_ns;
  int64_t started_boottime_ns;
  int64_t oom_kills_at_start;
  uint64_t supervisor_start_ticks;
  int32_t pid;
  int32_t supervisor_pid;
  int32_t on_supervisor_exit;
  int32_t was_stopped;
  int32_t step_count;
  int32_t v1_count;
  wire::LogSpec logs[2];
};

// Before those, in a record of kind `tree`.
struct TreeNumbers {
  uint64_t session_of;
  uint64_t reaper_start_ticks;
  uint64_t reaper_pidfs_inode;
  int32_t reaper_pid;
  int32_t unused;
};

struct ExitNumbers {
  uint64_t serial;
  wire::ExitFacts facts;
};

StartNumbers Numbers(const StartRecord& record) {
  StartNumbers numbers = {};
  numbers.serial = record.serial;
  numbers.boot_id[0] = record.boot_id[0];
  numbers.boot_id[1] = record.boot_id[1];
  numbers.start_ticks = record.start_ticks;
  numbers.pidfs_inode = record.pidfs_inode;
  numbers.started_at_ns = record.started_at_ns;
  numbers.started_boottime_ns = record.started_boottime_ns;
  numbers.oom_kills_at_start = record.oom_kills_at_start;
  numbers.supervisor_start_ticks = record.supervisor_start_ticks;
  numbers.pid = record.pid;
  numbers.supervisor_pid = record.supervisor_pid;
  numbers.on_supervisor_exit = static_cast<int32_t>(record.on_supervisor_exit);
  numbers.was_stopped = record.was_stopped ? 1 : 0;
  numbers.step_count = static_cast<int32_t>(record.steps.size());
  numbers.v1_count = static_cast<int32_t>(record.v1_groups.size());
  numbers.logs[0] = record.logs[0].spec;
  numbers.logs[1] = record.logs[1].spec;
  return numbers;
}

RecordKind KindOf(const StartRecord& record) {
  if (record.is_tree) return RecordKind::tree;
  return record.IsSession() ? RecordKind::session : RecordKind::start;
}

bool AreSound(const StartNumbers& numbers) {
  return numbers.pid > 0 && numbers.step_count >= 0 && numbers.step_count <= wire::kMaxSteps &&
         numbers.v1_count >= 0 && numbers.v1_count <= wire::kMaxV1Groups;
}

void Fill(const StartNumbers& numbers, StartRecord* record) {
  record->serial = numbers.serial;
  record->boot_id[0] = numbers.boot_id[0];
  record->boot_id[1] = numbers.boot_id[1];
  record->start_ticks = numbers.start_ticks;
  record->pidfs_inode = numbers.pidfs_inode;
  record->started_at_ns = numbers.started_at_ns;
  record->started_boottime_ns = numbers.started_boottime_ns;
  record->oom_kills_at_start = numbers.oom_kills_at_start;
  record->supervisor_start_ticks = numbers.supervisor_start_ticks;
  record->pid = numbers.pid;
  record->supervisor_pid = numbers.supervisor_pid;
  record->on_supervisor_exit =
      numbers.on_supervisor_exit == static_cast<int32_t>(wire::OnSupervisorExit::kill)
          ? wire::OnSupervisorExit::kill
          : wire::OnSupervisorExit::keep;
  record->was_stopped = numbers.was_stopped != 0;
  record->logs[0].spec = numbers.logs[0];
  record->logs[1].spec = numbers.logs[1];
}

// What stands before the numbers that every start has.
bool TakeHead(wire::MessageReader* reader, RecordKind kind, StartRecord* record) {
  record->session_of = 0;
  record->is_tree = kind == RecordKind::tree;
  if (kind == RecordKind::session) return reader->Take(&record->session_of) && record->IsSession();
  if (!record->is_tree) return true;
  TreeNumbers tree = {};
  if (!reader->Take(&tree) || tree.reaper_pid <= 0) return false;
  record->session_of = tree.session_of;
  record->reaper_pid = tree.reaper_pid;
  record->reaper_start_ticks = tree.reaper_start_ticks;
  record->reaper_pidfs_inode = tree.reaper_pidfs_inode;
  return true;
}

bool TakeString(wire::MessageReader* reader, std::string* text) {
  std::string_view view;
  if (!reader->TakeText(&view, kMaxRecord)) return false;
  text->assign(view);
  return true;
}

bool TakeTexts(wire::MessageReader* reader, const StartNumbers& numbers, StartRecord* record) {
  record->steps.resize(static_cast<size_t>(numbers.step_count));
  for (wire::Step& step : record->steps) reader->Take(&step);
  record->v1_groups.resize(static_cast<size_t>(numbers.v1_count));
  TakeString(reader, &record->task_id);
  TakeString(reader, &record->v2_group);
  for (V1Group& group : record->v1_groups) {
    TakeString(reader, &group.controller);
    TakeString(reader, &group.directory);
  }
  for (LogFiles& log : record->logs) {
    TakeString(reader, &log.directory);
    TakeString(reader, &log.name);
  }
  TakeString(reader, &record->attachment);
  return reader->IsComplete();
}

size_t SizeOf(const StartRecord& record) {
  size_t size = sizeof(wire::Frame) + sizeof(StartNumbers);
  if (KindOf(record) == RecordKind::session) size += sizeof(record.session_of);
  if (record.is_tree) size += sizeof(TreeNumbers);
  size += record.steps.size() * sizeof(wire::Step);
  const auto add = [&size](const std::string& text) { size += sizeof(uint32_t) + text.size(); };
  add(record.task_id);
  add(record.v2_group);
  for (const V1Group& group : record.v1_groups) {
    add(group.controller);
    add(group.directory);
  }
  for (const LogFiles& log : record.logs) {
    add(log.directory);
    add(log.name);
  }
  add(record.attachment);
  return size;
}

void Put(const StartRecord& record, wire::MessageWriter* writer) {
  if (KindOf(record) == RecordKind::session) writer->Put(record.session_of);
  if (record.is_tree) {
    writer->Put(TreeNumbers{record.session_of, record.reaper_start_ticks, record.reaper_pidfs_inode,
                            record.reaper_pid, 0});
  }
  writer->Put(Numbers(record));
  for (const wire::Step& step : record.steps) writer->Put(step);
  writer->PutText(record.task_id).PutText(record.v2_group);
  for (const V1Group& group : record.v1_groups) {
    writer->PutText(group.controller).PutText(group.directory);
  }
  for (const LogFiles& log : record.logs) writer->PutText(log.directory).PutText(log.name);
  writer->PutText(record.attachment);
}

int WriteStartBy(decltype(WriteRecordFile)* write_file, int tasks_fd, const StartRecord& record) {
  if (record.steps.size() > wire::kMaxSteps || record.v1_groups.size() > wire::kMaxV1Groups) {
    return E2BIG;
  }
  const RecordKind kind = KindOf(record);
  const size_t size = SizeOf(record);
  char inline_buffer[4096];
  std::unique_ptr<char[]> heap_buffer;
  char* buffer = inline_buffer;
  if (size > sizeof(inline_buffer)) {
    heap_buffer = std::make_unique_for_overwrite<char[]>(size);
    buffer = heap_buffer.get();
  }
  wire::MessageWriter writer(buffer, size, static_cast<uint16_t>(kind), 0);
  Put(record, &writer);
  return write_file(tasks_fd, TaskPath(record.serial, "start.new").get(),
                    TaskPath(record.serial, "start").get(), kind, {buffer, writer.Finish()});
}

}  // namespace

TaskPath::TaskPath(uint64_t serial, const char* name) {
  (void)std::snprintf(text_, sizeof(text_), "%016llx%s%s", static_cast<unsigned long long>(serial),
                      *name == '\0' ? "" : ".", name);
}

int WriteStart(int tasks_fd, const StartRecord& record) {
  return WriteStartBy(WriteRecordFile, tasks_fd, record);
}

int WriteNewStart(int tasks_fd, const StartRecord& record) {
  return WriteStartBy(WriteNewRecordFile, tasks_fd, record);
}

int WriteNewExit(int tasks_fd, const ExitRecord& record) {
  const ExitNumbers numbers = {record.serial, record.facts};
  const std::string_view bytes(reinterpret_cast<const char*>(&numbers), sizeof(numbers));
  return WriteNewRecordFile(tasks_fd, TaskPath(record.serial, "exit.new").get(),
                            TaskPath(record.serial, "exit").get(), RecordKind::exit, bytes);
}

int ReadStart(int tasks_fd, uint64_t serial, StartRecord* record) {
  std::string bytes;
  RecordKind kind = {};
  const int error =
      ReadRecordFile(tasks_fd, TaskPath(serial, "start").get(),
                     {RecordKind::start, RecordKind::session, RecordKind::tree}, &kind, &bytes);
  if (error != 0) return error;
  wire::MessageReader reader(bytes.data(), bytes.size());
  if (!TakeHead(&reader, kind, record)) return kRecordDamaged;
  StartNumbers numbers = {};
  if (!reader.Take(&numbers) || !AreSound(numbers)) return kRecordDamaged;
  // Another task's record in this directory is nothing that we have written.
  if (numbers.serial != serial) return kRecordForeign;
  Fill(numbers, record);
  return TakeTexts(&reader, numbers, record) ? 0 : kRecordDamaged;
}

int ReadExit(int tasks_fd, uint64_t serial, ExitRecord* record) {
  std::string bytes;
  const int error =
      ReadRecordFile(tasks_fd, TaskPath(serial, "exit").get(), RecordKind::exit, &bytes);
  if (error != 0) return error;
  ExitNumbers numbers = {};
  if (bytes.size() != sizeof(numbers)) return kRecordDamaged;
  std::memcpy(&numbers, bytes.data(), sizeof(numbers));
  if (numbers.serial != serial) return kRecordForeign;
  record->serial = serial;
  record->facts = numbers.facts;
  return 0;
}

}  // namespace raw_exec
