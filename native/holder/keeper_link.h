// The connection to the keeper. There is one keeper; a new one comes when the old one has died, and
// it may come before we have seen that.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "../core/unique_fd.h"
#include "../core/wire/holder_messages.h"
#include "../core/wire/message_reader.h"
#include "../core/wire/message_writer.h"
#include "../keeper/channel.h"
#include "../keeper/event_loop.h"

namespace raw_exec {

class KeeperEvents {
 public:
  virtual ~KeeperEvents() = default;
  // The keeper that was attached, if any, is so no more.
  virtual void OnKeeperLost() = 0;
  // False: it is not as holder_messages.h says. Without `fds`: this process had no number left for
  // some of those that were sent.
  virtual bool OnRequest(wire::MessageReader* reader, std::vector<UniqueFd>* fds) = 0;
};

class KeeperLink {
 public:
  KeeperLink(keeper::EventLoop* loop, KeeperEvents* events) : loop_(loop), events_(events) {}
  KeeperLink(const KeeperLink&) = delete;
  KeeperLink& operator=(const KeeperLink&) = delete;
  ~KeeperLink() = default;

  // The socket that this process was given, if any; the listener, where later keepers come. 0 or a
  // positive errno.
  [[nodiscard]] int Open(UniqueFd given, UniqueFd listener);
  int listener_fd() const { return listener_.get(); }

  template <typename Part>
  void Send(wire::HolderKind kind, uint64_t request, const Part& part) {
    char bytes[sizeof(wire::Frame) + sizeof(Part) + sizeof(uint32_t)];
    wire::MessageWriter writer(bytes, sizeof(bytes), static_cast<uint16_t>(kind), request);
    writer.Put(part);
    if (kind == wire::HolderKind::failed) writer.PutText({});
    if (keeper_ != nullptr) keeper_->Send({bytes, writer.Finish()});
  }
  void SendFailure(uint64_t request, const wire::Failed& failed, std::string_view text);
  // Without a fixed part.
  void SendBare(wire::HolderKind kind, uint64_t request);

 private:
  [[nodiscard]] int Listen();
  [[nodiscard]] int Use(UniqueFd socket, std::unique_ptr<keeper::Channel>* place);
  void Accept();
  void ListenLater();
  void OnMessage(keeper::Channel* from, keeper::Incoming* message);
  void OnClosed(keeper::Channel* channel);
  void Promote();
  void Retire(std::unique_ptr<keeper::Channel> channel);

  keeper::EventLoop* loop_;
  KeeperEvents* events_;
  UniqueFd listener_;
  keeper::Watch listener_watch_;
  keeper::Timer listen_again_;
  std::unique_ptr<keeper::Channel> keeper_;
  std::unique_ptr<keeper::Channel> caller_;  // has connected, has not said `attach` yet
};

}  // namespace raw_exec
