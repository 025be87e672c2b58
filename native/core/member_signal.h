// Signals to the members of control groups, each through a pidfd: a number that came round again is
// never hit.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "member_list.h"
#include "unique_fd.h"

namespace raw_exec {

struct SignalRound {
  // errno of the listing; the members of the other fields were reached before.
  int error = 0;
  std::vector<pid_t> reached;
  struct Refusal {
    pid_t pid;
    int error;  // of pidfd_open(2) or pidfd_send_signal(2); EPERM as a rule
  };
  std::vector<Refusal> refused;
  // Of the members that were reached, as many as could be kept: readable when they have ended.
  std::vector<UniqueFd> kept;
};

// One round: lists the members, leaves out those in `skip`, and sends. At most `keep` pidfds stay
// open.
//
//   between the list and the signal        what keeps it from a stranger
//   the member ends, its number goes round  the pidfd was opened for the stranger, who is not in
//   the before its pidfd is opened              second list, which is made after the opening …
//   after its pidfd is opened             the signal fails with ESRCH
[[nodiscard]] SignalRound SignalMembers(const std::vector<std::string>& directories, int signal,
                                        const MemberList& skip, size_t keep);

}  // namespace raw_exec
