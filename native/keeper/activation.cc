#include "activation.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "../core/service_manager.h"
#include "listening_socket.h"

namespace raw_exec::keeper {
namespace {

constexpr int kFirstGiven = 3;  // SD_LISTEN_FDS_START

std::string TakeVariable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  unsetenv(name);
  return taken;
}

Complaint Refuse(const std::string& what) {
  return {ExitCode::refused, "cannot use the socket that was given (LISTEN_FDS): " + what};
}

int SocketOption(int fd, int option) {
  int value = -1;
  socklen_t size = sizeof(value);
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

// The directory of a socket's name and the state directory may be written in different ways.
bool IsIn(const StateDirectory& state, const std::string& path) {
  const size_t slash = path.rfind('/');
  if (path.empty() || path.front() != '/' || path.substr(slash) != "/keeper.sock") return false;
  struct stat named = {};
  struct stat own = {};
  return stat(path.substr(0, slash + 1).c_str(), &named) == 0 && fstat(state.fd(), &own) == 0 &&
         named.st_dev == own.st_dev && named.st_ino == own.st_ino;
}

}  // namespace

Complaint TakeActivation(Activation* activation) {
  const std::string pid = TakeVariable("LISTEN_PID");
  const std::string count = TakeVariable("LISTEN_FDS");
  TakeVariable("LISTEN_FDNAMES");
  activation->notify_socket = TakeVariable("NOTIFY_SOCKET");
  // What is meant for another process was left over by whoever has started us.
  if (pid != std::to_string(getpid())) return {};
  if (count != "1") return Refuse("there are " + count + ", and a keeper has one");
  if (fcntl(kFirstGiven, F_SETFD, FD_CLOEXEC) != 0) return Failure("use descriptor 3", errno);
  activation->listener.Reset(kFirstGiven);
  return {};
}

Complaint CheckListener(const StateDirectory& state, int listener_fd) {
  const std::string wanted = state.path() + "/keeper.sock";
  sockaddr_un name = {};
  socklen_t size = sizeof(name) - 1;
  const bool has_name = getsockname(listener_fd, reinterpret_cast<sockaddr*>(&name), &size) == 0;
  if (!has_name || name.sun_family != AF_UNIX ||
      SocketOption(listener_fd, SO_TYPE) != SOCK_SEQPACKET) {
    return Refuse("it is not a SOCK_SEQPACKET socket of the file system (ListenSequentialPacket=)");
  }
  if (SocketOption(listener_fd, SO_ACCEPTCONN) != 1) return Refuse("nobody listens on it");
  if (!IsIn(state, name.sun_path)) {
    return Refuse("it is named \"" + std::string(name.sun_path) + "\", not " + wanted);
  }
  const int flags = fcntl(listener_fd, F_GETFL);
  if (flags < 0 || fcntl(listener_fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    return Failure("use the socket that was given without blocking", errno);
  }
  // A keeper that was started in another way puts a socket of its own there. That one is dead: we
  // have the lock. EAGAIN: so many are waiting that no more find room, and where they wait is here.
  const UniqueFd visit = ConnectTo(state, "keeper.sock");
  if (visit || errno == EAGAIN) return {};
  return Refuse("another has taken its name " + wanted + " (" + std::strerror(errno) +
                "). Restart the socket's unit");
}

void TellServiceManager(const std::string& notify_socket) {
  if (notify_socket.empty()) return;
  // A service manager that does not hear of it ends the unit after its start timeout, and says so.
  (void)NotifyServiceManager(notify_socket, "READY=1\nMAINPID=" + std::to_string(getpid()));
}

}  // namespace raw_exec::keeper
