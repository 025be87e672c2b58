// All descendants of one process, as /proc has them. System calls only: the reaper has no libc.
//
// The children of a subreaper never leave its tree, whatever sessions and groups they make. While
// processes fork the listing may miss some: who needs all lists again.
#pragma once

#include <cstdint>

namespace raw_exec {

struct TreeProcess {
  int32_t pid;
  int32_t parent;
  int32_t group;
  int32_t session;
  bool is_dead;  // a zombie, and no thread of it lives on
  uint64_t start_ticks;
};

// Called for each descendant right after it was looked at, parents before their children.
using VisitProcess = void (*)(void* context, const TreeProcess& process);

// At most so many descendants are visited.
inline constexpr int kMaxTree = 65536;

// `pids` is memory for kMaxTree pids. Returns how many were visited, or minus errno when /proc
// cannot be read.
int VisitTree(int32_t root, int32_t* pids, VisitProcess visit, void* context) noexcept;

// Looks at one process; false when it is gone.
bool LookAt(int32_t pid, TreeProcess* process) noexcept;

}  // namespace raw_exec
