#include "pump_process.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "../core/sys.h"
#include "log_fifo.h"
#include "messages.h"

namespace raw_exec::keeper {
namespace {

constexpr size_t kQueueLimit = size_t{64} << 20;
constexpr uint64_t kShortestPauseNs = 10'000'000;
constexpr uint64_t kLongestPauseNs = 5'000'000'000;
constexpr uint64_t kSoundLifeNs = 10'000'000'000;
// A stream that a pump refuses although one had it before: its directory may come back.
constexpr uint64_t kShortestRefusalNs = 100'000'000;
// With pauses that double it takes some twenty seconds until so many tries are over. After them
// what a task that has ended has left is given up; that of one that runs is asked for as long as it
// does.
constexpr int kTriesForARest = 10;

wire::MessageWriter PumpMessage(wire::PumpKind kind, uint64_t request) {
  return NewMessage(static_cast<uint16_t>(kind), request);
}

}  // namespace

PumpProcess::PumpProcess(EventLoop* loop, const InheritedLimits* limits, std::string lock_path,
                         OnEnded on_ended, OnWarning on_warning)
    : loop_(loop),
      limits_(limits),
      lock_path_(std::move(lock_path)),
      on_ended_(std::move(on_ended)),
      on_warning_(std::move(on_warning)) {
  Launch();
}

void PumpProcess::Launch() {
  launched_at_ns_ = MonotonicNs();
  Helper helper = StartHelper({"pump", "--lock", lock_path_}, *limits_);
  if (helper.error != 0) return OnDeath();
  // Our child: unreaped, its pid is its own.
  pidfd_ = AboveStdio(UniqueFd(static_cast<int>(std::max(PidfdOpen(helper.pid), -1L))));
  const int unwatched = death_.Start(loop_, pidfd_.get(), EPOLLIN, [this](uint32_t) { OnDeath(); });
  // The socket ends with the pump too; the lock keeps the next one from running beside it.
  const int closed = channel_.Open(
      loop_, std::move(helper.socket), kQueueLimit,
      [this](Incoming* message) { OnMessage(message); },
      [this, unwatched] {
        if (unwatched != 0) OnDeath();
      });
  if (closed != 0) return OnDeath();
  for (const auto& [number, stream] : streams_) {
    SendAdd(number, stream);
    if (stream.is_finishing) Tell(wire::PumpKind::finish, number);
  }
}

void PumpProcess::OnDeath() {
  channel_.Drain();
  channel_.Close();
  death_.Stop();
  pidfd_.Reset();
  std::unordered_map<uint64_t, OnCounters> questions = std::move(questions_);
  questions_.clear();
  wire::LogCounters unknown = {};
  unknown.error = EAGAIN;
  for (auto& [request, on_counters] : questions) on_counters(unknown);
  const bool was_sound = MonotonicNs() - launched_at_ns_ > kSoundLifeNs;
  pause_ns_ = was_sound ? 0 : std::clamp(pause_ns_ * 2, kShortestPauseNs, kLongestPauseNs);
  again_.Set(loop_, pause_ns_, [this] { Launch(); });
}

void PumpProcess::SendAdd(uint64_t number, const Stream& stream) {
  std::vector<UniqueFd> fds;
  fds.emplace_back(fcntl(stream.fifo.get(), F_DUPFD_CLOEXEC, 3));
  if (!fds.back()) {
    // For want of descriptors. The stream goes to the next pump; until then the task may block.
    again_.Set(loop_, kLongestPauseNs, [this] { OnDeath(); });
    return;
  }
  channel_.Send(PumpMessage(wire::PumpKind::add, ++last_request_)
                    .Put(wire::PumpAdd{number, stream.files.spec})
                    .PutText(stream.files.directory)
                    .PutText(stream.files.name)
                    .View(),
                std::move(fds));
}

void PumpProcess::Tell(wire::PumpKind kind, uint64_t stream) {
  channel_.Send(PumpMessage(kind, ++last_request_).Put(wire::PumpStream{stream}).View());
}

void PumpProcess::Add(uint64_t number, const LogFiles& files, UniqueFd fifo, OnAdded on_added) {
  Stream& stream = streams_[number];
  stream = {files, std::move(fifo), false, std::move(on_added)};
  if (channel_.is_open()) SendAdd(number, stream);
}

void PumpProcess::Finish(uint64_t number) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  found->second.is_finishing = true;
  if (channel_.is_open()) Tell(wire::PumpKind::finish, number);
}

void PumpProcess::Remove(uint64_t number) {
  if (streams_.erase(number) > 0 && channel_.is_open()) Tell(wire::PumpKind::remove, number);
}

void PumpProcess::Ask(uint64_t stream, OnCounters on_counters) {
  wire::LogCounters counters = {};
  const auto found = streams_.find(stream);
  if (found == streams_.end()) {
    counters.error = ENOENT;
    counters.has_ended = 1;
    return on_counters(counters);
  }
  const bool is_refused = found->second.refusals > 0;
  if (is_refused || !channel_.is_open()) {
    counters.error = is_refused ? found->second.refused_by : EAGAIN;
    return on_counters(counters);
  }
  Tell(wire::PumpKind::ask, stream);
  questions_.emplace(last_request_, std::move(on_counters));
}

void PumpProcess::OnMessage(Incoming* message) {
  wire::MessageReader reader(message->bytes, message->size);
  const auto kind = static_cast<wire::PumpKind>(reader.frame().kind);
  if (kind == wire::PumpKind::added) return OnAdd(&reader);
  wire::PumpCounters told = {};
  if (!reader.Take(&told)) return;
  if (kind == wire::PumpKind::ended) return End(told.stream);
  if (kind != wire::PumpKind::counters) return;
  const auto found = questions_.find(reader.frame().request);
  if (found == questions_.end()) return;
  const OnCounters on_counters = std::move(found->second);
  questions_.erase(found);
  on_counters(told.counters);
}

void PumpProcess::OnAdd(wire::MessageReader* reader) {
  wire::PumpAdded added = {};
  std::string_view entry;
  if (!reader->Take(&added) || !reader->TakeText(&entry, wire::kMaxPath)) return;
  const auto found = streams_.find(added.stream);
  if (found == streams_.end()) return;
  const OnAdded on_added = std::move(found->second.on_added);
  found->second.on_added = nullptr;
  if (added.error != 0 && on_added == nullptr) return OnRefused(added.stream, added, entry);
  found->second.refusals = 0;
  if (added.error != 0) streams_.erase(found);
  if (on_added != nullptr) {
    on_added(added.error, static_cast<wire::PumpRefusal>(added.refusal), entry);
  }
}

// A pump that follows a dead one may find the log directory changed. Until it takes the stream
// nobody reads the FIFO, and the task blocks when that is full, as with a full disk.
void PumpProcess::OnRefused(uint64_t number, const wire::PumpAdded& added, std::string_view entry) {
  Stream& stream = streams_[number];
  const std::string log = stream.files.directory + "/" + stream.files.name;
  ++stream.refusals;
  stream.refused_by = added.error;
  const bool has_ended = stream.is_finishing || !HasLogWriter(stream.fifo.get());
  if (has_ended && stream.refusals > kTriesForARest) {
    on_warning_("gives up what is left of the ended log " + log + ": " +
                std::strerror(added.error));
    Remove(number);
    return on_ended_(number);
  }
  if (stream.refusals == 1) {
    on_warning_("cannot go on with the log " + log + ", and tries again: " +
                std::strerror(added.error) + (entry.empty() ? "" : ", " + std::string(entry)));
  }
  if (refused_again_.is_set()) return;
  const int doublings = std::min(stream.refusals - 1, 8);
  const uint64_t pause = std::min(kShortestRefusalNs << doublings, kLongestPauseNs);
  refused_again_.Set(loop_, pause, [this] { AskAgain(); });
}

void PumpProcess::AskAgain() {
  if (!channel_.is_open()) return;  // the next pump is asked for all of them
  for (const auto& [number, stream] : streams_) {
    if (stream.refusals == 0) continue;
    SendAdd(number, stream);
    if (stream.is_finishing) Tell(wire::PumpKind::finish, number);
  }
}

void PumpProcess::End(uint64_t stream) {
  if (streams_.erase(stream) > 0) on_ended_(stream);
}

}  // namespace raw_exec::keeper
