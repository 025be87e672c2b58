#include "server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "listening_socket.h"
#include "messages.h"

namespace raw_exec::keeper {
namespace {

constexpr size_t kMaxClients = 4096;
constexpr int kAcceptsPerEvent = 16;
// Of one client's answers. Who has not read so much will not: its records are kept for it.
constexpr size_t kQueueLimit = size_t{1} << 20;
constexpr size_t kMaxRequests = 1024;  // of one client, under way at once
constexpr uint64_t kPauseNs = 100'000'000;

}  // namespace

Complaint Server::Listen(EventLoop* loop, const StateDirectory& state, UniqueFd listener,
                         MakeWelcome welcome, OnRequest on_request) {
  loop_ = loop;
  welcome_ = std::move(welcome);
  on_request_ = std::move(on_request);
  socket_ = std::move(listener);
  if (!socket_) {
    if (Complaint bad = OpenListeningSocket(state, &socket_)) return bad;
  }
  const int error = watch_.Start(loop, socket_.get(), EPOLLIN, [this](uint32_t) { Accept(); });
  return error == 0 ? Complaint() : Failure("watch the socket", error);
}

void Server::Accept() {
  for (int i = 0; i < kAcceptsPerEvent; ++i) {
    UniqueFd socket(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && (errno == EAGAIN || errno == EINTR)) return;
    if (!socket && errno != ECONNABORTED) {
      // No descriptor or memory for it: it waits in the backlog, and the others go on.
      watch_.Change(0);
      pause_.Set(loop_, kPauseNs, [this] { watch_.Change(EPOLLIN); });
      return;
    }
    if (socket) Adopt(AboveStdio(std::move(socket)));
  }
}

void Server::Adopt(UniqueFd socket) {
  Peer peer;
  if (!socket || clients_.size() >= kMaxClients || !IdentifyPeer(socket.get(), &peer)) return;
  const uint64_t id = ++last_client_;
  auto client = std::make_unique<Client>();
  client->peer = std::move(peer);
  const int error = client->channel.Open(
      loop_, std::move(socket), kQueueLimit,
      [this, id](Incoming* message) { OnMessage(id, message); },
      [this, id] { clients_.erase(id); });
  if (error == 0) clients_.emplace(id, std::move(client));
}

Server::Client* Server::Find(uint64_t id) {
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : found->second.get();
}

void Server::OnMessage(uint64_t id, Incoming* message) {
  Client* client = Find(id);
  if (client == nullptr) return;
  wire::MessageReader reader(message->bytes, message->size);
  const Asker asker = {id, reader.frame().request};
  if (message->is_truncated || !reader.is_good()) {
    return Refuse({id, 0}, EBADMSG, "the message is not as long as it says, or too long");
  }
  if (message->fds.size() > wire::kMaxDescriptors) {
    return Refuse(asker, EBADMSG, "too many descriptors");
  }
  // 0 is for what was not asked for; a number that is under way would get two answers.
  if (asker.request == 0 || client->requests.contains(asker.request)) {
    return Refuse(asker, EBADMSG, "the request's number is 0, or under way already");
  }
  client->requests.insert(asker.request);
  const wire::ClientKind kind = static_cast<wire::ClientKind>(reader.frame().kind);
  // From who speaks another version, and so is not greeted.
  if (kind == wire::ClientKind::upgrade) {
    return on_request_({asker, kind, &reader, &message->fds, &client->peer});
  }
  if (!client->has_greeted || kind == wire::ClientKind::hello) return Greet(id, client, &reader);
  if (message->lacks_descriptors) {
    return Fail(asker, Because(wire::Reason::busy, EMFILE), "the keeper has no descriptors left");
  }
  if (client->requests.size() > kMaxRequests) {
    return Fail(asker, Because(wire::Reason::busy, EAGAIN), "too many requests are under way");
  }
  on_request_({asker, kind, &reader, &message->fds, &client->peer});
}

void Server::Greet(uint64_t id, Client* client, wire::MessageReader* reader) {
  const Asker asker = {id, reader->frame().request};
  wire::Hello hello = {};
  std::string_view name;
  const bool is_hello = reader->frame().kind == static_cast<uint16_t>(wire::ClientKind::hello) &&
                        reader->Take(&hello) && hello.magic == wire::kMagic;
  if (!is_hello || client->has_greeted) {
    return Refuse(asker, EPROTO, "the first message, and no other, is hello");
  }
  // What follows the version may be laid out in another way in another version.
  if (hello.protocol != wire::kProtocol) {
    wire::Failed failed = Because(wire::Reason::protocol, EPROTONOSUPPORT);
    failed.detail = wire::kProtocol;
    Fail(asker, failed, "the keeper speaks protocol " + std::to_string(wire::kProtocol));
    client->channel.CloseWhenSent();
    return;
  }
  if (!reader->TakeText(&name, wire::kMaxPath) || !reader->IsComplete()) {
    return Refuse(asker, EBADMSG, "hello is not as it should be");
  }
  client->has_greeted = true;
  Answer(asker, NewMessage(wire::ClientKind::welcome, asker.request).Put(welcome_()).View());
}

void Server::Answer(const Asker& asker, std::string_view message) {
  Client* client = Find(asker.client);
  if (client == nullptr) return;
  client->requests.erase(asker.request);
  client->channel.Send(message);
}

void Server::Fail(const Asker& asker, const wire::Failed& failed, std::string_view text) {
  Answer(asker,
         NewMessage(wire::ClientKind::failed, asker.request).Put(failed).PutText(text).View());
}

void Server::Refuse(const Asker& asker, int error, std::string_view text) {
  Fail(asker, Because(wire::Reason::malformed, error), text);
  if (Client* client = Find(asker.client); client != nullptr) client->channel.CloseWhenSent();
}

void Server::Tell(std::string_view message) {
  for (auto& [id, client] : clients_) {
    if (client->has_greeted) client->channel.Send(message);
  }
}

void Server::Tell(const ProcessIdentity& whom, std::string_view message) {
  for (auto& [id, client] : clients_) {
    const ProcessIdentity& peer = client->peer.identity;
    if (client->has_greeted && peer.pid == whom.pid && peer.start_ticks == whom.start_ticks) {
      client->channel.Send(message);
    }
  }
}

}  // namespace raw_exec::keeper
