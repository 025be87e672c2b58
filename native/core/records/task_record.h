// What is known of a task, or of a session (a command beside one), beyond the life of the processes
// that look after it: the start record, written before its program runs, and the exit record,
// written before its end is told to anybody.
// They are STATE/tasks/<serial as 16 hex digits>.start and .exit; the FIFOs of a task's logs lie
// beside them, as .stdout and .stderr, and the mark of its reaper, as .reaper (kept_reaper.h).
// There is no directory for a task: on ext4 a mkdir takes as long as all else of a record (40 us),
// and its rmdir up to 4 ms.
//
// Everything here takes a descriptor of STATE/tasks and gives 0 or a positive errno. A record that
// cannot be used is kRecordDamaged or kRecordForeign: whoever reads sets the task's files aside and
// goes on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../wire/client_messages.h"
#include "record_file.h"

namespace raw_exec {

struct V1Group {
  std::string controller;
  std::string directory;
};

struct LogFiles {
  wire::LogSpec spec = {};
  std::string directory;
  std::string name;  // without ".N"
};

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): clang's own loop
struct StartRecord {
  uint64_t serial = 0;
  uint64_t session_of = 0;  // of a session the serial of its task, whose id it has; 0: a task
  // Which process it is: a pid alone says nothing.
  uint64_t boot_id[2] = {};
  int32_t pid = -1;
  uint64_t start_ticks = 0;         // field 22 of /proc/PID/stat
  uint64_t pidfs_inode = 0;         // of its pidfd; 0: the kernel has none (before 6.9)
  int64_t started_at_ns = 0;        // CLOCK_REALTIME
  int64_t started_boottime_ns = 0;  // CLOCK_BOOTTIME, which no one sets
  int64_t oom_kills_at_start = -1;  // of its own v2 group; -1: unknown

  // The reaper that it is below, where it has no groups of its own.
  bool is_tree = false;
  int32_t reaper_pid = -1;
  uint64_t reaper_start_ticks = 0;
  uint64_t reaper_pidfs_inode = 0;

  int32_t supervisor_pid = -1;
  uint64_t supervisor_start_ticks = 0;
  wire::OnSupervisorExit on_supervisor_exit = wire::OnSupervisorExit::keep;
  bool was_stopped = false;
  std::vector<wire::Step> steps;  // the ladder for when the supervisor is gone

  std::string task_id;
  std::string v2_group;  // empty: none
  std::vector<V1Group> v1_groups;
  LogFiles logs[2];
  std::string attachment;

  bool IsSession() const { return session_of != 0; }
};

struct ExitRecord {
  uint64_t serial = 0;
  wire::ExitFacts facts = {};
};

// In place of the one that is there, if any.
[[nodiscard]] int WriteStart(int tasks_fd, const StartRecord& record);
// Of a task that has none yet: half the time.
[[nodiscard]] int WriteNewStart(int tasks_fd, const StartRecord& record);
[[nodiscard]] int WriteNewExit(int tasks_fd, const ExitRecord& record);

[[nodiscard]] int ReadStart(int tasks_fd, uint64_t serial, StartRecord* record);
[[nodiscard]] int ReadExit(int tasks_fd, uint64_t serial, ExitRecord* record);

// The records and the FIFOs. 0 too when there is nothing. The start record goes first: what is left
// when somebody dies in between is no task.
[[nodiscard]] int RemoveTask(int tasks_fd, uint64_t serial);

// Out of the way and kept for people: all of its files get the suffix ".damaged".
[[nodiscard]] int SetTaskAside(int tasks_fd, uint64_t serial);

struct TaskSerials {
  std::vector<uint64_t> serials;  // in their order
  uint64_t highest = 0;           // of those that were set aside too; 0: there is none
};
[[nodiscard]] int ListTasks(int tasks_fd, TaskSerials* found);

// <serial as 16 hex digits>.name, a file in STATE/tasks.
class TaskPath {
 public:
  TaskPath(uint64_t serial, const char* name);
  const char* get() const { return text_; }

 private:
  char text_[64] = {};
};

}  // namespace raw_exec
