// The keeper's socket and its connections: who may speak, in what order, and what becomes of an
// answer whose client has gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "../core/wire/client_messages.h"
#include "../core/wire/message_reader.h"
#include "channel.h"
#include "peer.h"
#include "state_directory.h"

namespace raw_exec::keeper {

// Whom an answer is for. The client may be gone by then.
struct Asker {
  uint64_t client = 0;
  uint64_t request = 0;
};

struct Request {
  Asker asker;
  wire::ClientKind kind = {};
  wire::MessageReader* reader = nullptr;
  std::vector<UniqueFd>* fds = nullptr;
  const Peer* peer = nullptr;
};

class Server {
 public:
  using OnRequest = std::function<void(const Request&)>;
  using MakeWelcome = std::function<wire::Welcome()>;

  // `listener`: the socket of the directory, where somebody else has made it; else invalid.
  Complaint Listen(EventLoop* loop, const StateDirectory& state, UniqueFd listener,
                   MakeWelcome welcome, OnRequest on_request);

  int listener_fd() const { return socket_.get(); }

  // Every request is answered once, by one of these. The message is an answer to asker.request.
  void Answer(const Asker& asker, std::string_view message);
  void Fail(const Asker& asker, const wire::Failed& failed, std::string_view text = {});
  // The same for what no client of ours would send; the connection is closed after it.
  void Refuse(const Asker& asker, int error, std::string_view text);

  // To every client that has said hello.
  void Tell(std::string_view message);
  // To those of them that are connections of this process.
  void Tell(const ProcessIdentity& whom, std::string_view message);

 private:
  struct Client {
    Channel channel;
    Peer peer;
    bool has_greeted = false;
    std::unordered_set<uint64_t> requests;  // under way
  };

  void Accept();
  void Adopt(UniqueFd socket);
  void OnMessage(uint64_t id, Incoming* message);
  void Greet(uint64_t id, Client* client, wire::MessageReader* reader);
  Client* Find(uint64_t id);

  EventLoop* loop_ = nullptr;
  UniqueFd socket_;
  Watch watch_;
  Timer pause_;
  MakeWelcome welcome_;
  OnRequest on_request_;
  std::map<uint64_t, std::unique_ptr<Client>> clients_;
  uint64_t last_client_ = 0;
};

}  // namespace raw_exec::keeper
