// What the decoders need around them: a state directory, sockets, a plan's memfd.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "../../native/core/unique_fd.h"
#include "../../native/keeper/keeper_core.h"

namespace raw_exec::fuzz {

// Ends the run: the machine does not give what the decoder needs, which is no finding.
[[noreturn]] void GiveUp(const char* what);

// A directory of this process below TMPDIR, made when it is first asked for. Whoever has started
// the process removes it.
const std::string& StatePath();

// Both ends of a SOCK_SEQPACKET.
struct Pair {
  UniqueFd ours;
  UniqueFd theirs;
};
Pair MakePair();

// At most 3: a sound plan in a sealed memfd, then files of another kind.
std::vector<UniqueFd> MakeDescriptors(int count);

// False when it could not be sent whole.
bool Send(int socket_fd, std::string_view bytes, const std::vector<UniqueFd>& fds);

// A keeper without processes, with a task that has ended, "task", and a session of it that has,
// too.
void SetUp(keeper::Keeper* keeper);

}  // namespace raw_exec::fuzz
