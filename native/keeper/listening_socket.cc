#include "listening_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace raw_exec::keeper {
namespace {

constexpr char kName[] = "keeper.sock";
constexpr char kTemporary[] = "keeper.sock.new";

// By way of the directory's descriptor: the address has room for 108 bytes only, whatever the
// directory's path is.
sockaddr_un Address(int directory_fd, const char* name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  (void)std::snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s",
                      directory_fd, name);
  return address;
}

UniqueFd MakeSocket() {
  return AboveStdio(UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
}

}  // namespace

Complaint OpenListeningSocket(const StateDirectory& state, UniqueFd* socket_fd) {
  const std::string path = state.path() + "/" + kName;
  UniqueFd opened = MakeSocket();
  if (!opened) return Failure("make a socket", errno);
  if (unlinkat(state.fd(), kTemporary, 0) != 0 && errno != ENOENT) {
    return Failure("remove " + path + ".new", errno);
  }
  const sockaddr_un address = Address(state.fd(), kTemporary);
  if (bind(opened.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Failure("bind " + path, errno);
  }
  if (fchmodat(state.fd(), kTemporary, 0600, 0) != 0) {
    return Failure("set the mode of " + path, errno);
  }
  if (listen(opened.get(), SOMAXCONN) != 0) return Failure("listen on " + path, errno);
  if (renameat(state.fd(), kTemporary, state.fd(), kName) != 0) {
    return Failure("name " + path, errno);
  }
  *socket_fd = std::move(opened);
  return {};
}

UniqueFd ConnectTo(const StateDirectory& state, const char* name) {
  UniqueFd opened = MakeSocket();
  if (!opened) return opened;
  const sockaddr_un address = Address(state.fd(), name);
  if (connect(opened.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const int failed = errno;
    opened.Reset();
    errno = failed;
  }
  return opened;
}

}  // namespace raw_exec::keeper
