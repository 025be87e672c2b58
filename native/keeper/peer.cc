#include "peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "../core/process_tree.h"

namespace raw_exec::keeper {
namespace {

constexpr int kPeerPidfdOption = 77;  // SO_PEERPIDFD, asm-generic/socket.h; 6.5

UniqueFd PeerPidfd(int socket_fd) {
  int pidfd = -1;
  socklen_t size = sizeof(pidfd);
  if (getsockopt(socket_fd, SOL_SOCKET, kPeerPidfdOption, &pidfd, &size) != 0) return UniqueFd();
  return AboveStdio(UniqueFd(pidfd));
}

}  // namespace

// Before SO_PEERPIDFD the pid may have come round again between connect and this look. What follows
// is a watch on a stranger's end at worst; nothing is ever sent to a supervisor.
bool IdentifyPeer(int socket_fd, Peer* peer) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return false;
  if (credentials.uid != 0 && credentials.uid != geteuid()) return false;
  if (credentials.pid <= 0) return true;
  uint64_t start_ticks = 0;
  UniqueFd pidfd = PeerPidfd(socket_fd);
  if (pidfd) {
    TreeProcess process = {};
    if (!LookAt(credentials.pid, &process) || HasEnded(pidfd.get())) return true;
    start_ticks = process.start_ticks;
  } else {
    pidfd = OpenProcess(credentials.pid, &start_ticks);
    if (!pidfd) return true;
  }
  peer->identity = {credentials.pid, start_ticks};
  peer->pidfd = std::move(pidfd);
  return true;
}

}  // namespace raw_exec::keeper
