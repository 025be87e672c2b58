// keeper.sock in the state directory.
#pragma once

#include "state_directory.h"

namespace raw_exec::keeper {

// In place of what a keeper before us has left; the lock is ours. A client finds either no socket
// that answers or one that does: it gets its name when it listens already.
Complaint OpenListeningSocket(const StateDirectory& state, UniqueFd* socket_fd);

// A non-blocking connection to the socket `name` there; invalid with errno set.
UniqueFd ConnectTo(const StateDirectory& state, const char* name);

}  // namespace raw_exec::keeper
