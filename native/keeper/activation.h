// What a service manager gives to a process that it starts: the socket that it has listened on
// already, and where it wants to be told of readiness. The protocol is that of sd_listen_fds(3) and
// sd_notify(3).
#pragma once

#include <string>

#include "../core/unique_fd.h"
#include "complaint.h"
#include "state_directory.h"

namespace raw_exec::keeper {

struct Activation {
  UniqueFd listener;          // invalid: none was given
  std::string notify_socket;  // empty: nobody wants to be told
};

// Takes it out of the environment too: what we start must not think that it is meant. Before the
// process forks, since it is meant by its number.
Complaint TakeActivation(Activation* activation);

// Whether clients of this state directory will come to this socket. The lock is ours.
Complaint CheckListener(const StateDirectory& state, int listener_fd);

// READY=1, and which process it is about.
void TellServiceManager(const std::string& notify_socket);

}  // namespace raw_exec::keeper
