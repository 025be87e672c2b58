// The keeper's end of the connection to the holder: found or started, asked, and noticed when it
// dies.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "../core/wire/holder_messages.h"
#include "../core/wire/message_reader.h"
#include "channel.h"
#include "event_loop.h"
#include "helper_process.h"
#include "state_directory.h"

namespace raw_exec::keeper {

class HolderLink {
 public:
  // `kind` is 0 when the holder has died over it, or was out of touch: whether it has done it is
  // not known.
  using OnAnswer = std::function<void(wire::HolderKind kind, wire::MessageReader* reader)>;

  struct Events {
    // It answers; these are the tasks that it is the parent of. With `is_new` it has none.
    std::function<void(const std::vector<wire::Held>& held, bool is_new)> on_ready;
    // No holder lives that was started by a keeper before us.
    std::function<void()> on_none;
    std::function<void(const wire::HolderExited& exited)> on_exited;
    // It is dead, and its children have another parent. Before the answers to what was asked.
    std::function<void()> on_dead;
    // It lives and holds tasks, and is of an older version: it is being asked to become ours.
    std::function<void()> on_older;
    // It is of a newer version: this keeper cannot work with it.
    std::function<void(int protocol)> on_newer;
  };

  // `is_supervised`: somebody else starts the next keeper when this one has ended.
  void Open(EventLoop* loop, const StateDirectory* state, const InheritedLimits* limits,
            bool is_supervised, Events events);

  // Finds the holder that lives already: then on_ready, else on_none.
  void Find();
  // Starts a new one: then on_ready.
  void Launch();

  // Whether an answer of it is awaited.
  bool is_asked() const { return !answers_.empty(); }
  bool is_ready() const { return is_ready_; }
  pid_t pid() const { return is_ready_ ? pid_ : -1; }
  // Whether what is asked now would wait behind too much.
  bool IsBusy() const;

  // The number for a message that is to be asked next.
  uint64_t NextRequest() { return ++last_request_; }
  // Only when it is ready. Every answer comes in a later event.
  void Ask(std::string_view message, std::vector<UniqueFd> fds, OnAnswer on_answer);

 private:
  void Connect(UniqueFd socket);
  void OnMessage(Incoming* message);
  void OnAttached(wire::MessageReader* reader);
  void OnRefused(wire::MessageReader* reader);
  void AskToUpgrade();
  void AskLater();
  void WatchDeath();
  void OnSocketEnd();
  void OnDeath();
  void LaunchLater();

  EventLoop* loop_ = nullptr;
  const StateDirectory* state_ = nullptr;
  const InheritedLimits* limits_ = nullptr;
  bool is_supervised_ = false;
  Events events_;
  Channel channel_;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  Watch death_;
  Timer again_;
  uint64_t find_pause_ns_ = 0;
  uint64_t upgrade_pause_ns_ = 0;
  uint64_t launch_pause_ns_ = 0;
  uint64_t launched_at_ns_ = 0;
  bool is_new_ = false;
  bool is_ready_ = false;
  std::vector<wire::Held> held_;
  uint64_t last_request_ = 0;
  std::unordered_map<uint64_t, OnAnswer> answers_;
};

}  // namespace raw_exec::keeper
