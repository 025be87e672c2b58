// How whoever has started the keeper learns that clients can connect.
#pragma once

#include <string>

#include "complaint.h"
#include "options.h"

namespace raw_exec::keeper {

// Goes on in a process of its own session, unless the options say otherwise; the one that was
// called then waits here until that is ready, and ends. `notice_fd` becomes what Tell needs.
Complaint Detach(const Options& options, int* notice_fd);

// A line to the descriptor of --ready-fd, to a process that waits in Detach, and READY=1 to
// `notify_socket` (activation.h). Lets go of all of them, and of a standard error that is not for
// good.
void TellReady(const Options& options, int notice_fd, const std::string& notify_socket);

}  // namespace raw_exec::keeper
