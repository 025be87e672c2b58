// One SOCK_SEQPACKET connection in the event loop: whole messages with their descriptors, both
// ways, without ever blocking. What the other end does not take waits in a queue that has a bound.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../core/unique_fd.h"
#include "event_loop.h"

namespace raw_exec::keeper {

struct Incoming {
  const char* bytes;  // valid during the call
  size_t size;
  std::vector<UniqueFd> fds;
  bool is_truncated;       // longer than any message may be
  bool lacks_descriptors;  // some were sent that this process had no number for
};

class Channel {
 public:
  // Either may destroy the channel through EventLoop::Defer only.
  using OnMessage = std::function<void(Incoming* message)>;
  // The other end has gone, or the queue has passed its bound. Called once, never from within Send.
  using OnClosed = std::function<void()>;

  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() = default;

  // The socket is non-blocking. 0 or a positive errno.
  [[nodiscard]] int Open(EventLoop* loop, UniqueFd socket, size_t queue_limit, OnMessage on_message,
                         OnClosed on_closed);

  // Takes the descriptors: they are closed once they were sent. Nothing is sent after Close.
  void Send(std::string_view message, std::vector<UniqueFd> fds = {});

  // At once, with all that is queued; OnClosed is not called.
  void Close();
  // After what is queued has been sent, or has proved undeliverable. Nothing is read any more.
  void CloseWhenSent();

  // Reads all that has arrived: for who knows that the other end is gone.
  void Drain();

  bool is_open() const { return static_cast<bool>(socket_); }
  int fd() const { return socket_.get(); }
  size_t queued_messages() const { return queue_.size(); }

 private:
  struct Outgoing {
    std::string bytes;
    std::vector<UniqueFd> fds;
  };
  enum class Sent { yes, later, never };

  void OnEvents(uint32_t events);
  bool ReadOne();
  Sent SendNow(std::string_view message, const std::vector<UniqueFd>& fds);
  void Flush();
  void Fail();
  void Rearm();

  EventLoop* loop_ = nullptr;
  UniqueFd socket_;
  Watch watch_;  // after the descriptor that it watches: it is stopped first
  Timer retry_;
  size_t queue_limit_ = 0;
  size_t queued_bytes_ = 0;
  std::deque<Outgoing> queue_;
  OnMessage on_message_;
  OnClosed on_closed_;
  bool is_closing_ = false;
  bool has_failed_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // what was put off asks for it
};

}  // namespace raw_exec::keeper
