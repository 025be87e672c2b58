#include "holder_link.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "../core/sys.h"
#include "listening_socket.h"
#include "messages.h"

namespace raw_exec::keeper {
namespace {

constexpr char kSocketName[] = "holder.sock";
constexpr char kLockName[] = "holder.lock";
constexpr char kOwnExecutable[] = "/proc/self/exe";
constexpr size_t kQueueLimit = size_t{64} << 20;  // the notes and forgets of very many tasks
constexpr size_t kBusyAt = 64;                    // messages
constexpr uint64_t kShortestPauseNs = 1'000'000;
constexpr uint64_t kLongestFindPauseNs = 200'000'000;
constexpr uint64_t kShortestUpgradePauseNs = 20'000'000;
constexpr uint64_t kLongestUpgradePauseNs = 10'000'000'000;
constexpr uint64_t kLongestLaunchPauseNs = 5'000'000'000;
// A holder that has lived so long did not die of how it was started.
constexpr uint64_t kSoundLifeNs = 10'000'000'000;

}  // namespace

void HolderLink::Open(EventLoop* loop, const StateDirectory* state, const InheritedLimits* limits,
                      bool is_supervised, Events events) {
  loop_ = loop;
  state_ = state;
  limits_ = limits;
  is_supervised_ = is_supervised;
  events_ = std::move(events);
}

// A holder that has not seen yet that its keeper is gone holds its lock, and will listen soon.
void HolderLink::Find() {
  UniqueFd socket = ConnectTo(*state_, kSocketName);
  if (socket) {
    is_new_ = false;
    find_pause_ns_ = 0;
    return Connect(std::move(socket));
  }
  if (!state_->IsHeld(kLockName)) {
    if (death_.is_active()) return;  // of the one that we had: that it is dead will be told
    return pid_ > 0 ? OnDeath() : events_.on_none();
  }
  find_pause_ns_ = std::clamp(find_pause_ns_ * 2, kShortestPauseNs, kLongestFindPauseNs);
  again_.Set(loop_, find_pause_ns_, [this] { Find(); });
}

void HolderLink::Launch() {
  Helper helper = StartHelper({"holder", "--state", state_->path()}, *limits_);
  launched_at_ns_ = MonotonicNs();
  if (helper.error != 0) return LaunchLater();
  is_new_ = true;
  pid_ = helper.pid;
  Connect(std::move(helper.socket));
}

void HolderLink::LaunchLater() {
  const bool was_sound = MonotonicNs() - launched_at_ns_ > kSoundLifeNs;
  launch_pause_ns_ =
      was_sound ? 0 : std::clamp(launch_pause_ns_ * 2, kShortestPauseNs, kLongestLaunchPauseNs);
  again_.Set(loop_, launch_pause_ns_, [this] { Launch(); });
}

void HolderLink::Connect(UniqueFd socket) {
  held_.clear();
  const int error = channel_.Open(
      loop_, std::move(socket), kQueueLimit, [this](Incoming* message) { OnMessage(message); },
      [this] { OnSocketEnd(); });
  if (error != 0) {
    again_.Set(loop_, kLongestFindPauseNs, [this] { is_new_ ? Launch() : Find(); });
    return;
  }
  if (is_new_) WatchDeath();  // our child: unreaped, its pid is its own
  channel_.Send(NewMessage(static_cast<uint16_t>(wire::HolderKind::attach), NextRequest())
                    .Put(wire::Attach{wire::kMagic, wire::kProtocol,
                                      static_cast<uint16_t>(is_supervised_ ? 1 : 0)})
                    .View());
}

void HolderLink::OnAttached(wire::MessageReader* reader) {
  wire::Attached attached = {};
  if (!reader->Take(&attached)) return;
  if (is_new_ || attached.holder_pid <= 0) return;
  pid_ = attached.holder_pid;
  WatchDeath();
}

// Of another version; or it could not become the newer one, and is asked again.
void HolderLink::OnRefused(wire::MessageReader* reader) {
  wire::Failed failed = {};
  if (!reader->Take(&failed)) return;
  if (failed.reason == static_cast<int32_t>(wire::Reason::protocol)) {
    if (failed.detail > wire::kProtocol) return events_.on_newer(failed.detail);
    events_.on_older();
    return AskToUpgrade();
  }
  std::string_view why;
  reader->TakeText(&why, wire::kMaxMessage);
  if (failed.error != EBUSY) {
    Print({ExitCode::failed, "the holder goes on as it is: " + std::string(why)});
  }
  AskLater();
}

void HolderLink::AskToUpgrade() {
  std::vector<UniqueFd> fds;
  fds.push_back(AboveStdio(UniqueFd(open(kOwnExecutable, O_RDONLY | O_CLOEXEC))));
  if (!fds.back()) return AskLater();
  channel_.Send(NewMessage(static_cast<uint16_t>(wire::HolderKind::upgrade), NextRequest())
                    .Put(wire::HolderUpgrade{wire::kMagic, wire::kProtocol, 0})
                    .View(),
                std::move(fds));
}

void HolderLink::AskLater() {
  upgrade_pause_ns_ =
      std::clamp(upgrade_pause_ns_ * 2, kShortestUpgradePauseNs, kLongestUpgradePauseNs);
  again_.Set(loop_, upgrade_pause_ns_, [this] { AskToUpgrade(); });
}

// Without a descriptor to see its death by, its socket's end and its lock have to do.
void HolderLink::WatchDeath() {
  death_.Stop();
  pidfd_ = AboveStdio(UniqueFd(static_cast<int>(std::max(PidfdOpen(pid_), -1L))));
  (void)death_.Start(loop_, pidfd_.get(), EPOLLIN, [this](uint32_t) { OnDeath(); });
}

bool HolderLink::IsBusy() const { return channel_.queued_messages() >= kBusyAt; }

void HolderLink::Ask(std::string_view message, std::vector<UniqueFd> fds, OnAnswer on_answer) {
  answers_.emplace(last_request_, std::move(on_answer));
  channel_.Send(message, std::move(fds));
}

void HolderLink::OnMessage(Incoming* message) {
  wire::MessageReader reader(message->bytes, message->size);
  if (!reader.is_good()) return;
  const auto kind = static_cast<wire::HolderKind>(reader.frame().kind);
  if (kind == wire::HolderKind::attached) return OnAttached(&reader);
  if (kind == wire::HolderKind::held) {
    wire::Held held = {};
    if (reader.Take(&held)) held_.push_back(held);
    return;
  }
  if (kind == wire::HolderKind::held_all) {
    is_ready_ = true;
    // What was asked of it before it was out of touch will not be answered on this connection.
    std::unordered_map<uint64_t, OnAnswer> answers = std::move(answers_);
    answers_.clear();
    events_.on_ready(held_, is_new_);
    for (auto& [request, on_answer] : answers) on_answer(wire::HolderKind{0}, nullptr);
    return;
  }
  if (kind == wire::HolderKind::exited) {
    wire::HolderExited exited = {};
    if (reader.Take(&exited)) events_.on_exited(exited);
    return;
  }
  const auto found = answers_.find(reader.frame().request);
  if (found == answers_.end()) {
    if (kind == wire::HolderKind::failed && !is_ready_) OnRefused(&reader);
    return;
  }
  const OnAnswer on_answer = std::move(found->second);
  answers_.erase(found);
  on_answer(kind, &reader);
}

// The end of its socket comes before its end: its children get their new parent in between. When it
// lives, it has taken us for dead, and listens.
void HolderLink::OnSocketEnd() {
  is_ready_ = false;
  if (state_->IsHeld(kLockName)) {
    is_new_ = false;
    again_.Set(loop_, kShortestPauseNs, [this] { Find(); });
  } else if (!death_.is_active()) {
    OnDeath();
  }
}

void HolderLink::OnDeath() {
  channel_.Drain();
  channel_.Close();
  death_.Stop();
  pidfd_.Reset();
  again_.Cancel();
  is_ready_ = false;
  pid_ = -1;
  // What was asked is told of after the tasks have been found again: then each answer is known.
  std::unordered_map<uint64_t, OnAnswer> answers = std::move(answers_);
  answers_.clear();
  events_.on_dead();
  for (auto& [request, on_answer] : answers) on_answer(wire::HolderKind{0}, nullptr);
  LaunchLater();
}

}  // namespace raw_exec::keeper
