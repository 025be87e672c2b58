// Which processes are in control groups: what their cgroup.procs list, those of the groups below
// included.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace raw_exec {

class MemberList {
 public:
  // Adds the members of a group and of all groups below it. Returns 0 or a positive errno; a group
  // that is gone has no members, and one below that goes meanwhile is passed over.
  [[nodiscard]] int Add(const char* directory);

  // These instead of what it holds.
  void Take(std::vector<pid_t> pids);

  // Sorts, and drops what is there twice: a process is in one group of each hierarchy.
  void Settle();

  // After Settle.
  bool Has(pid_t pid) const;
  const std::vector<pid_t>& pids() const { return pids_; }

 private:
  // Adds the members of this group alone; `below` gets the names of the groups in it.
  int Enter(int directory_fd, std::vector<std::string>* below);
  int ReadProcs(int directory_fd);

  std::vector<pid_t> pids_;
};

// The members of several groups; the first errno that was met ends it.
[[nodiscard]] int ListMembers(const std::vector<std::string>& directories, MemberList* list);

}  // namespace raw_exec
