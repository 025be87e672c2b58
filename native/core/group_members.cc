#include "group_members.h"

#include <csignal>

#include "member_list.h"
#include "member_signal.h"
#include "sys.h"

namespace raw_exec {

UniqueFd OpenFirstMember(const std::string& path) {
  MemberList members;
  (void)members.Add(path.c_str());
  for (const pid_t pid : members.pids()) {
    UniqueFd pidfd(static_cast<int>(PidfdOpen(pid)));
    if (pidfd) return pidfd;
  }
  return UniqueFd();
}

int KillMembers(const std::string& path) {
  return static_cast<int>(SignalMembers({path}, SIGKILL, MemberList(), 0).reached.size());
}

}  // namespace raw_exec
