#include "member_signal.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sys.h"

namespace raw_exec {
namespace {

// So many descriptors at once, however many members there are.
constexpr size_t kChunk = 256;

struct Opened {
  pid_t pid;
  UniqueFd pidfd;
};

// Opens what can be opened of the next members; moves `at` on.
std::vector<Opened> OpenChunk(const std::vector<pid_t>& pids, const MemberList& skip, size_t* at,
                              SignalRound* round) {
  std::vector<Opened> chunk;
  for (; *at < pids.size() && chunk.size() < kChunk; ++*at) {
    const pid_t pid = pids[*at];
    if (skip.Has(pid)) continue;
    const long fd = PidfdOpen(pid);
    if (fd >= 0) {
      chunk.push_back({pid, AboveStdio(UniqueFd(static_cast<int>(fd)))});
    } else if ((fd == -EMFILE || fd == -ENFILE) && !chunk.empty()) {
      break;  // with those that there are; their descriptors are free again afterwards
    } else if (fd != -ESRCH) {
      round->refused.push_back({pid, static_cast<int>(-fd)});
    }
  }
  return chunk;
}

}  // namespace

SignalRound SignalMembers(const std::vector<std::string>& directories, int signal,
                          const MemberList& skip, size_t keep) {
  SignalRound round;
  MemberList members;
  round.error = ListMembers(directories, &members);
  size_t at = 0;
  while (round.error == 0 && at < members.pids().size()) {
    std::vector<Opened> chunk = OpenChunk(members.pids(), skip, &at, &round);
    if (chunk.empty()) continue;
    MemberList again;
    round.error = ListMembers(directories, &again);
    if (round.error != 0) break;
    for (Opened& member : chunk) {
      if (!again.Has(member.pid)) continue;
      const long result = PidfdSendSignal(member.pidfd.get(), signal);
      if (result == 0) {
        round.reached.push_back(member.pid);
        if (round.kept.size() < keep) round.kept.push_back(std::move(member.pidfd));
      } else if (result != -ESRCH) {
        round.refused.push_back({member.pid, static_cast<int>(-result)});
      }
    }
  }
  return round;
}

}  // namespace raw_exec
