// How a process tells the service manager that has started it of its state: the protocol of
// sd_notify(3).
#pragma once

#include <string_view>

namespace raw_exec {

// Sends `state`, lines of NAME=VALUE, as one datagram. `socket_name` is what NOTIFY_SOCKET says: an
// absolute path, or with "@" in front a name of the abstract name space (unix(7)). Waits for
// nothing.
//
// 0 or a positive errno: EAFNOSUPPORT for a name of another kind, EAGAIN when the manager has not
// read what came before yet.
[[nodiscard]] int NotifyServiceManager(std::string_view socket_name, std::string_view state);

}  // namespace raw_exec
