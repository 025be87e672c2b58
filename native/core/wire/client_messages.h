// What a supervisor and the keeper say to each other.
#pragma once

#include <cstdint>

#include "message.h"

namespace raw_exec::wire {

enum class ClientKind : uint16_t {
  // From the supervisor, each answered by the kind that stands beside it, or by `failed`.
  hello = 1,       // welcome; the first message of every connection
  start = 2,       // started
  signal = 3,      // signalled
  stop = 4,        // stopped; once nothing of the task is left, or the last deadline has passed
  list = 5,        // tasks, one page
  forget = 6,      // done
  adopt = 7,       // task; from here on this supervisor is the task's
  log_status = 8,  // log_counters
  // To a keeper of an older version, in place of hello: failed, or the connection ends and what
  // listens then is the newer one.
  upgrade = 9,
  describe = 10,  // done; the task's attachment is another one from here on, also in its record
  exec = 11,      // started; a session: a command that runs beside a running task
  forget_session = 12,  // done; once its command has ended

  failed = 100,
  welcome = 101,
  started = 102,
  signalled = 103,
  stopped = 104,
  tasks = 105,
  done = 106,
  task = 107,
  log_counters = 108,

  exited = 201,          // not asked for: to every connection, when a task's main process has ended
  session_exited = 202,  // the same of a session, to its supervisor alone
};

// Text: name of the supervisor, for messages to people. Of another version: `failed` with reason
// `protocol`, and the keeper's version in `detail`.
struct Hello {
  uint32_t magic;
  uint16_t protocol;
  uint16_t unused;
};

// Text: the path of the newer keeper's executable.
struct Upgrade {
  uint32_t magic;
  uint16_t protocol;  // of the newer one
  uint16_t unused;
};

struct Welcome {
  uint32_t magic;
  uint16_t protocol;
  uint16_t unused;
  int32_t keeper_pid;
  int32_t holder_pid;  // -1: tasks that are left were adopted, none is held
  uint64_t boot_id[2];
};

enum class OnSupervisorExit : int32_t { keep = 0, kill = 1 };

// What holds the processes of a task together.
enum class Containment : int32_t {
  groups = 0,  // the groups that it names as its own; without any, nothing does
  tree = 1,  // a reaper, the parent of its main process: all that descends from there is the task's
};

enum class SignalTarget : int32_t { main = 0, group = 1, everything = 2 };

struct Step {
  int32_t signal;
  int32_t target;  // SignalTarget
  int32_t grace_ms;
};

// One stream of output that a pump writes to files.
enum class LogFull : int32_t { block = 0, drop = 1 };
enum class LogPump : int32_t { splice = 0, copy = 1 };
struct LogSpec {
  int32_t is_on;
  int32_t pump;       // LogPump
  int32_t when_full;  // LogFull
  int32_t max_files;  // >= 1
  int64_t max_file_size;
  uint32_t mode;  // of the files
  uint32_t uid;   // their owner, and the FIFO's
  uint32_t gid;
  uint32_t unused;
};

// Descriptors: the plan's memfd (sealed against writing, growing and shrinking), the v2 group that
// the task is cloned into when has_cgroup_fd (of a tree: not its own), then those of the plan's
// stdio. A stdio slot whose stream is logged has the index of the last client descriptor + 1 for
// stdout, and the next for stderr: the keeper appends these.
//
// Texts: task id, v2 group ("" for none), then for each v1 group its controller and its directory,
// stdout's directory and file name (without ".N"), stderr's, attachment.
struct Start {
  uint32_t plan_size;
  uint32_t plan_version;  // kWireVersion of plan_wire.h
  uint32_t features;      // Feature bits that may be used
  int32_t has_cgroup_fd;
  int32_t stdio_fd_count;
  int32_t exec_deadline_ms;
  int32_t on_supervisor_exit;  // OnSupervisorExit
  int32_t v1_count;
  int32_t containment;  // Containment; a tree has no groups of its own, and its sessions are trees
  // The ladder by which the task is stopped when its supervisor is gone; what is left is killed.
  int32_t step_count;
  Step steps[kMaxSteps];
  LogSpec logs[2];
};

// A session is what `exec` starts: a Start as well, whose task id is that of the running task
// beside which it runs. It is a part of that task: its own groups, if any, lie directly below the
// task's; beside a tree it is a tree. It has no logs and, beside groups, no attachment, and always
// goes with its supervisor (OnSupervisorExit::kill), by the ladder that it names. Its serial names
// it from then on.

// Why something was not done. Text: what there is to add, for people.
struct Failed {
  int32_t error;   // positive errno
  int32_t reason;  // Reason
  int32_t step;    // Step of spawn_steps.def when reason is `spawn`
  int32_t detail;  // as SpawnReport
  int32_t flags;   // FailureFlag
  int32_t unused;
};

enum class Reason : int32_t {
  malformed = 1,  // the connection is closed after it
  spawn = 2,      // as a SpawnResult
  exists = 3,     // a task of this id is there
  unknown_task = 4,
  still_populated = 5,  // forget: something of it runs
  record = 6,           // the state directory does not take the record
  no_holder = 7,
  protocol = 8,      // hello: the other end is of another version
  busy = 9,          // too many requests under way
  log = 10,          // the FIFO could not be made
  upgrade = 11,      // the old one goes on
  not_running = 12,  // exec: the task has ended, or is being stopped
};

struct Started {
  uint64_t serial;
  int32_t pid;
  int32_t reaper_pid;     // of a tree; else 0
  uint64_t start_ticks;   // field 22 of /proc/PID/stat
  int64_t started_at_ns;  // CLOCK_REALTIME
  uint64_t reaper_start_ticks;
};

// Text: task id.
struct Signal {
  int32_t signal;
  int32_t target;
  uint64_t session;  // serial of a session of the task; 0: the task itself, with its sessions
};
// reached, and for each who refused a Refusal.
struct Signalled {
  int32_t reached;
  int32_t refused_count;
};
struct Refusal {
  int32_t pid;
  int32_t error;  // errno of the signal; 0: it was sent, and the process is still there
};

// describe has no fixed part. Texts: attachment, task id.

// Text: task id.
struct Stop {
  uint64_t session;  // as in Signal
  int32_t kill_grace_ms;
  int32_t step_count;
  Step steps[kMaxSteps];
};
// Then step_count StepReports, then survivor_count Refusals.
struct Stopped {
  int32_t killed;
  int32_t step_count;
  int32_t survivor_count;
  int32_t unused;
};
struct StepReport {
  int32_t signal;
  int32_t target;  // SignalTarget; the kill at the end is `everything`
  int32_t reached;
  int32_t has_ended;
  int64_t sent_at_ns;  // CLOCK_REALTIME
  int64_t waited_ns;
};

// Text: task id.
struct ForgetSession {
  uint64_t session;
};

// Tasks and sessions with a serial above `after`, in their order.
struct List {
  uint64_t after;
};
// Then `count` tasks, each a TaskInfo with its texts. More follow when is_last is 0.
struct Tasks {
  int32_t count;
  int32_t is_last;
};

enum class ExitState : int32_t {
  running = 0,
  exited = 1,   // code or signal are exact
  unknown = 2,  // it has ended, and nobody saw how
  lost = 3,     // with another boot
};

struct ExitFacts {
  int32_t state;  // ExitState
  int32_t code;   // or -1
  int32_t signal;
  int32_t core_dumped;
  int64_t exited_at_ns;  // CLOCK_REALTIME; 0: unknown
  int64_t duration_ns;   // of CLOCK_BOOTTIME
  int64_t user_cpu_us;
  int64_t system_cpu_us;
  int64_t max_rss_bytes;
  int64_t oom_kills;    // in its own v2 group while it ran; -1: unknown
  int32_t was_stopped;  // a stop, or SIGKILL by `signal`, had been asked for before
  int32_t unused;
};

// Texts: task id, v2 group, for each v1 group its controller and its directory, attachment.
struct TaskInfo {
  uint64_t serial;
  uint64_t session_of;  // of a session the serial of its task, whose id it has; 0: a task
  int32_t pid;
  int32_t v1_count;
  uint64_t start_ticks;
  int64_t started_at_ns;
  int32_t on_supervisor_exit;
  int32_t is_populated;  // whether anything of it runs, main process or not
  int32_t reaper_pid;    // as in Started
  int32_t unused;
  ExitFacts exit;
};

// Also of a session. Text: task id.
struct Exited {
  uint64_t serial;
  int32_t pid;
  int32_t unused;
  ExitFacts exit;
};

struct LogCounters {
  uint64_t bytes;
  uint64_t dropped_bytes;
  uint64_t blocked_ns;
  uint64_t rotations;
  uint64_t truncations;  // how often somebody else made the file shorter
  int32_t error;         // why it is blocked, or drops, now; 0: it does not
  int32_t has_ended;
};

}  // namespace raw_exec::wire
