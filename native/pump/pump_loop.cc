#include "pump_loop.h"

#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "../core/sys.h"
#include "../core/wire/message_writer.h"

namespace raw_exec {
namespace {

using wire::PumpKind;

// No stream has it: serials do not get that far.
constexpr uint64_t kControl = ~uint64_t{0};
constexpr int kMaxEvents = 64;
// A new keeper is on its way. Until it has opened the FIFOs nobody but their tasks and this process
// has them open, and what is in them when a task ends would be lost. The next pump waits for our
// lock meanwhile.
constexpr uint64_t kLingerNs = 1'000'000'000;

void Sleep(uint64_t ns) {
  const timespec time = {0, static_cast<long>(ns)};
  nanosleep(&time, nullptr);
}

int TimeoutMs(uint64_t at_ns, uint64_t now_ns) {
  constexpr uint64_t kMs = 1'000'000;
  if (at_ns == 0) return -1;
  return at_ns <= now_ns ? 0 : static_cast<int>((at_ns - now_ns + kMs - 1) / kMs);
}

}  // namespace

// Its buffer is left as it is: to clear it would make all of it real memory.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
PumpLoop::PumpLoop(int control_fd)
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      control_(control_fd),
      streams_(epoll_.get(), [this](uint64_t stream, const wire::LogCounters& counters) {
        SendCounters(PumpKind::ended, 0, stream, counters);
      }) {}

int PumpLoop::Open() {
  if (!epoll_) return errno;
  epoll_event event = {};
  event.events = control_events_ = EPOLLIN;
  event.data.u64 = kControl;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, control_.fd(), &event) != 0) return errno;
  return streams_.Open();
}

int PumpLoop::Run() {
  while (has_keeper_) {
    if (!Wait()) return errno;
  }
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, control_.fd(), nullptr);
  leave_at_ns_ = MonotonicNs() + kLingerNs;
  while (!streams_.is_empty() && MonotonicNs() < leave_at_ns_) {
    if (!Wait()) return errno;
  }
  while (streams_.LetGo()) {
    // Only what the disk does not take is left: there is nothing to wait for but time.
    const uint64_t now = MonotonicNs();
    const uint64_t next = streams_.RetryDue(now);
    if (next > now) Sleep(std::min<uint64_t>(next - now, 999'999'999));
  }
  return 0;
}

bool PumpLoop::Wait() {
  epoll_event events[kMaxEvents];
  const uint64_t before = MonotonicNs();
  uint64_t until_ns = retry_at_ns_;
  if (leave_at_ns_ != 0 && (until_ns == 0 || leave_at_ns_ < until_ns)) until_ns = leave_at_ns_;
  const int count = epoll_wait(epoll_.get(), events, kMaxEvents, TimeoutMs(until_ns, before));
  if (count < 0 && errno != EINTR) return false;
  pace_.Woken(MonotonicNs() - before);
  for (int i = 0; i < count; ++i) {
    if (events[i].data.u64 == kControl) {
      ServeKeeper();
    } else {
      streams_.Ready(events[i].data.u64, &pace_);
    }
  }
  retry_at_ns_ = streams_.RetryDue(MonotonicNs());
  WatchControl();
  Pause(pace_.Pause());
  return true;
}

// Not from the keeper: a task that starts waits for its answer.
void PumpLoop::Pause(uint64_t ns) {
  if (ns == 0 || !has_keeper_) return;
  const timespec time = {0, static_cast<long>(ns)};
  pollfd keeper = {control_.fd(), POLLIN, 0};
  (void)ppoll(&keeper, 1, &time, nullptr);
}

void PumpLoop::ServeKeeper() {
  // Bounded, so that the FIFOs have their turn.
  constexpr int kAtATime = 32;
  if (control_.has_unsent()) control_.Flush();
  for (int i = 0; i < kAtATime && has_keeper_ && !control_.has_unsent(); ++i) {
    UniqueFd descriptor;
    const long got = control_.Receive(buffer_, sizeof(buffer_), &descriptor);
    if (got == 0) has_keeper_ = false;
    if (got <= 0) return;
    wire::MessageReader request(buffer_, static_cast<size_t>(got));
    Answer(&request, std::move(descriptor));
  }
}

// A keeper that does not read its answers is not asked for more questions.
void PumpLoop::WatchControl() {
  const uint32_t wanted = control_.has_unsent() ? EPOLLOUT : EPOLLIN;
  if (wanted == control_events_ || !has_keeper_) return;
  epoll_event event = {};
  event.events = wanted;
  event.data.u64 = kControl;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, control_.fd(), &event) == 0) {
    control_events_ = wanted;
  }
}

void PumpLoop::Answer(wire::MessageReader* request, UniqueFd descriptor) {
  const PumpKind kind = static_cast<PumpKind>(request->frame().kind);
  if (kind == PumpKind::add) return AnswerAdd(request, std::move(descriptor));
  wire::PumpStream part = {};
  // Only a keeper of another version sends what cannot be understood, and there is none: it starts
  // its own pumps.
  if (!request->Take(&part) || !request->IsComplete()) return;
  if (kind == PumpKind::finish) streams_.Finish(part.stream);
  if (kind == PumpKind::remove) streams_.Remove(part.stream);
  if (kind == PumpKind::ask) AnswerAsk(request->frame().request, part.stream);
}

void PumpLoop::AnswerAdd(wire::MessageReader* request, UniqueFd descriptor) {
  wire::PumpAdd add = {};
  std::string_view directory;
  std::string_view name;
  request->Take(&add);
  request->TakePath(&directory);
  request->TakePath(&name);
  LogFailure failure = {EBADMSG, wire::PumpRefusal::malformed, ""};
  if (request->IsComplete() && add.stream != kControl) {
    failure = streams_.Add(add, std::move(descriptor), directory, name);
  }
  char answer[512];
  wire::MessageWriter writer(answer, sizeof(answer), static_cast<uint16_t>(PumpKind::added),
                             request->frame().request);
  writer.Put(wire::PumpAdded{add.stream, failure.error, static_cast<int32_t>(failure.refusal)});
  writer.PutText(failure.entry);
  control_.Send(answer, writer.Finish());
}

void PumpLoop::AnswerAsk(uint64_t request, uint64_t stream) {
  wire::LogCounters counters = {};
  if (!streams_.Counters(stream, &counters)) {
    counters.error = ENOENT;
    counters.has_ended = 1;
  }
  SendCounters(PumpKind::counters, request, stream, counters);
}

void PumpLoop::SendCounters(PumpKind kind, uint64_t request, uint64_t stream,
                            const wire::LogCounters& counters) {
  if (!has_keeper_) return;
  char answer[256];
  wire::MessageWriter writer(answer, sizeof(answer), static_cast<uint16_t>(kind), request);
  writer.Put(wire::PumpCounters{stream, counters});
  control_.Send(answer, writer.Finish());
}

}  // namespace raw_exec
