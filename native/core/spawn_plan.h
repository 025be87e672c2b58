// What a child needs between clone and execve, flattened into pointers and numbers. The memory
// behind the pointers belongs to the caller (or to the forker's copy) and outlives the child's use
// of it. The child executes a plan and decides nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <type_traits>

#include "spawn_steps.h"

namespace raw_exec {

inline constexpr int kMaxStdio = 64;
inline constexpr int kMaxRlimits = 32;
inline constexpr int kMaxV1Groups = 16;
inline constexpr int kMaxGroups = 65536;      // NGROUPS_MAX
inline constexpr int kMaxCpuMaskWords = 128;  // 8,192 CPUs

enum class StdioSource : int32_t {
  descriptor,  // a descriptor of the child's table
  file,        // opened by the child
  closed,      // the slot stays closed
};

struct StdioSlot {
  StdioSource source;
  int32_t fd;
  const char* path;
  int32_t flags;
  uint32_t mode;
};

struct Rlimit {
  int32_t resource;
  int32_t unused;
  uint64_t soft;
  uint64_t hard;
};

// Written by the child, read by the parent: in memory that both share. `step` is where the child is
// now; it stays at the failed step when `error` is set, and tells the watchdog what a silent child
// is at.
struct SpawnReport {
  int32_t step;
  int32_t error;   // positive errno, 0 = none
  int32_t detail;  // index of the list element that failed, or -1
  int32_t pid;  // through the forker: the plan's claim, then the child's own number, so that it is
                // known even when the forker dies
};
static_assert(sizeof(SpawnReport) == 16);

struct SpawnPlan {
  const char* file;
  char* const* argv;
  char* const* envp;
  const char* cwd;                // nullptr: as the parent
  const char* network_namespace;  // nullptr: none
  const char* oom_score_adj;      // formatted; nullptr: none
  const char* cgroup_v2_procs;    // path of cgroup.procs when clone3 could not place the child
  const char* const* cgroup_v1;   // directories
  const StdioSlot* stdio;
  const Rlimit* rlimits;
  const uint64_t* cpu_mask;
  const gid_t* groups;
  volatile SpawnReport* report;
  const volatile int32_t* own_pidfd;  // in a shared table, the number that the child's pidfd took
  uint64_t
      ignored_signals;  // bit n - 1: signal n is to be set to SIG_DFL; used with handlers_cleared

  int32_t cgroup_v1_count;
  int32_t stdio_count;
  int32_t rlimit_count;
  int32_t cpu_mask_words;  // 0: none
  int32_t group_count;     // used with set_groups
  int32_t process_group;   // -1 inherit, 0 new, > 0 join
  int32_t parent_death_signal;
  int32_t claim;       // through the forker: what SpawnReport.pid must be for this child to go on
  int32_t parent_pid;  // who must be the parent when PR_SET_PDEATHSIG is armed
  int32_t nice;
  int32_t umask;  // -1: as the parent
  uid_t uid;
  gid_t gid;
  int32_t unshare_from;  // first descriptor that is dropped when the table is unshared, 0: the
                         // table is not shared
  int32_t hold_fd;       // stays open until execve closes it: the report pipe's write end; -1: none

  bool new_session;
  bool controlling_terminal;
  bool no_new_privs;
  bool set_nice;
  bool set_groups;
  bool set_gid;
  bool set_uid;
  bool has_close_range;
  bool handlers_cleared;  // no handler can be inherited (CLONE_CLEAR_SIGHAND): only ignored_signals
                          // are reset, not all
};

static_assert(std::is_standard_layout_v<SpawnPlan>);
static_assert(std::is_trivially_destructible_v<SpawnPlan>);

}  // namespace raw_exec
