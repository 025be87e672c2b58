// Who is at the other end of a socket.
#pragma once

#include "process_handle.h"

namespace raw_exec::keeper {

struct Peer {
  ProcessIdentity identity;  // pid -1: it is gone, or in a pid namespace that we do not see
  UniqueFd pidfd;
};

// Only root and our own user may speak with us. False for anybody else.
bool IdentifyPeer(int socket_fd, Peer* peer);

}  // namespace raw_exec::keeper
