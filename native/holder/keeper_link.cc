#include "keeper_link.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace raw_exec {
namespace {

// Bounded by the number of tasks: no more than an exit for each, and answers to what was asked.
constexpr size_t kQueueLimit = size_t{256} * 1024 * 1024;

constexpr uint64_t kListenPauseNs = 50'000'000;

// Who can write to the state directory could replace us anyway.
bool MayAttach(int socket) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == geteuid();
}

bool IsAttach(wire::MessageReader* reader) {
  wire::Attach attach = {};
  return reader->frame().kind == static_cast<uint16_t>(wire::HolderKind::attach) &&
         reader->Take(&attach) && reader->IsComplete();
}

}  // namespace

int KeeperLink::Open(UniqueFd given, UniqueFd listener) {
  listener_ = std::move(listener);
  if (!given) return Listen();
  const int flags = fcntl(given.get(), F_GETFL);
  if (flags < 0 || fcntl(given.get(), F_SETFL, flags | O_NONBLOCK) != 0) return errno;
  const int error = Listen();
  return error != 0 ? error : Use(std::move(given), &keeper_);
}

int KeeperLink::Listen() {
  return listener_watch_.Start(loop_, listener_.get(), EPOLLIN, [this](uint32_t) { Accept(); });
}

int KeeperLink::Use(UniqueFd socket, std::unique_ptr<keeper::Channel>* place) {
  auto channel = std::make_unique<keeper::Channel>();
  keeper::Channel* const self = channel.get();
  const int error = channel->Open(
      loop_, std::move(socket), kQueueLimit,
      [this, self](keeper::Incoming* message) { OnMessage(self, message); },
      [this, self] { OnClosed(self); });
  if (error == 0) *place = std::move(channel);
  return error;
}

// The last who came counts: one who does not say `attach` must not keep others out.
void KeeperLink::Accept() {
  UniqueFd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
    // No descriptor or no memory is left, so who waits would be announced all the time.
    listener_watch_.Stop();
    return ListenLater();
  }
  if (!socket || !MayAttach(socket.get())) return;
  if (caller_ != nullptr) Retire(std::move(caller_));
  // Without memory or descriptors for it, it sees that it was closed, and comes again.
  (void)Use(std::move(socket), &caller_);
}

void KeeperLink::ListenLater() {
  listen_again_.Set(loop_, kListenPauseNs, [this] {
    if (Listen() != 0) ListenLater();
  });
}

// It may be in the midst of a call.
void KeeperLink::Retire(std::unique_ptr<keeper::Channel> channel) {
  channel->Close();
  loop_->Defer([old = std::shared_ptr<keeper::Channel>(std::move(channel))] {});
}

void KeeperLink::Promote() {
  std::unique_ptr<keeper::Channel> old = std::move(keeper_);
  keeper_ = std::move(caller_);
  if (old == nullptr) return;
  Retire(std::move(old));
  events_->OnKeeperLost();
}

void KeeperLink::OnMessage(keeper::Channel* from, keeper::Incoming* message) {
  wire::MessageReader reader(message->bytes, message->size);
  bool is_good = !message->is_truncated && reader.is_good();
  if (is_good && from == caller_.get()) {
    wire::MessageReader ahead = reader;
    is_good = IsAttach(&ahead);
    if (is_good) Promote();
  }
  std::vector<UniqueFd>* const fds = message->lacks_descriptors ? nullptr : &message->fds;
  if (is_good) is_good = events_->OnRequest(&reader, fds);
  if (is_good) return;
  constexpr int32_t kMalformed = static_cast<int32_t>(wire::Reason::malformed);
  if (from == keeper_.get()) {
    Send(wire::HolderKind::failed, reader.frame().request,
         wire::Failed{EBADMSG, kMalformed, 0, -1, 0, 0});
  }
  from->CloseWhenSent();
}

void KeeperLink::OnClosed(keeper::Channel* channel) {
  if (channel == caller_.get()) {
    Retire(std::move(caller_));
  } else if (channel == keeper_.get()) {
    Retire(std::move(keeper_));
    events_->OnKeeperLost();
  }
}

void KeeperLink::SendFailure(uint64_t request, const wire::Failed& failed, std::string_view text) {
  char bytes[1024];
  wire::MessageWriter writer(bytes, sizeof(bytes), static_cast<uint16_t>(wire::HolderKind::failed),
                             request);
  writer.Put(failed).PutText(text.substr(0, sizeof(bytes) / 2));
  if (keeper_ != nullptr) keeper_->Send({bytes, writer.Finish()});
}

void KeeperLink::SendBare(wire::HolderKind kind, uint64_t request) {
  char bytes[sizeof(wire::Frame)];
  wire::MessageWriter writer(bytes, sizeof(bytes), static_cast<uint16_t>(kind), request);
  if (keeper_ != nullptr) keeper_->Send({bytes, writer.Finish()});
}

}  // namespace raw_exec
