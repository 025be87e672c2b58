// Signals, and the ladder of them that ends with everything killed.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "../core/member_signal.h"
#include "extent.h"
#include "keeper_core.h"
#include "messages.h"
#include "requests.h"
#include "start_request.h"
#include "task_signal.h"

namespace raw_exec::keeper {
namespace {

constexpr int kLastSignal = 64;
constexpr size_t kMaxRefusals = 4096;  // a message has room for so many

struct Outcome {
  int reached = 0;
  std::vector<wire::Refusal> refused;
};

// ESRCH is no refusal: nobody is there.
void Count(int error, pid_t pid, Outcome* outcome) {
  if (error == 0) ++outcome->reached;
  if (error != 0 && error != ESRCH && outcome->refused.size() < kMaxRefusals) {
    outcome->refused.push_back({pid, error});
  }
}

void Answer(Keeper* keeper, const Asker& asker, const Outcome& outcome) {
  wire::MessageWriter message = NewMessage(wire::ClientKind::signalled, asker.request);
  message.Put(wire::Signalled{outcome.reached, static_cast<int32_t>(outcome.refused.size())});
  for (const wire::Refusal& refusal : outcome.refused) message.Put(refusal);
  keeper->server.Answer(asker, message.View());
}

void SignalMain(Keeper* keeper, Task* task, const wire::Signal& signal, const Asker& asker,
                Outcome outcome) {
  const bool to_group = signal.target != static_cast<int32_t>(wire::SignalTarget::main);
  SignalTask(keeper, task, signal.signal, to_group,
             [keeper, asker, pid = task->record.pid, outcome](int error) mutable {
               Count(error, pid, &outcome);
               Answer(keeper, asker, outcome);
             });
}

void SignalEverything(Keeper* keeper, Task* task, const Extent& extent, wire::Signal signal,
                      const Asker& asker) {
  const SignalRound round = extent.Signal(signal.signal);
  Outcome outcome;
  outcome.reached = static_cast<int>(round.reached.size());
  for (const SignalRound::Refusal& refusal : round.refused) {
    Count(refusal.error, refusal.pid, &outcome);
  }
  const bool has_main = std::find(round.reached.begin(), round.reached.end(), task->record.pid) !=
                        round.reached.end();
  if (task->HasEnded() || has_main) return Answer(keeper, asker, outcome);
  // A main process that runs as root may have moved itself out of its groups.
  signal.target = static_cast<int32_t>(wire::SignalTarget::main);
  SignalMain(keeper, task, signal, asker, std::move(outcome));
}

}  // namespace

void HandleSignal(Keeper* keeper, const Request& request) {
  wire::Signal signal = {};
  request.reader->Take(&signal);
  if (signal.signal < 0 || signal.signal > kLastSignal || signal.target < 0 ||
      signal.target > static_cast<int32_t>(wire::SignalTarget::everything)) {
    return keeper->server.Refuse(request.asker, EBADMSG, "signal: a number is out of range");
  }
  Task* task = TakeTask(keeper, request, signal.session);
  if (task == nullptr) return;
  if (signal.signal == SIGKILL) NoteStopped(keeper, task);
  const Extent extent(keeper->tasks, *task);
  const bool is_for_all = signal.target == static_cast<int32_t>(wire::SignalTarget::everything);
  if (is_for_all && extent.Any()) {
    return SignalEverything(keeper, task, extent, signal, request.asker);
  }
  SignalMain(keeper, task, signal, request.asker, {});
}

void HandleStop(Keeper* keeper, const Request& request) {
  wire::Stop stop = {};
  request.reader->Take(&stop);
  if (stop.kill_grace_ms < 0 || !AreSoundSteps(stop.steps, stop.step_count)) {
    return keeper->server.Refuse(request.asker, EBADMSG, "stop: a number is out of range");
  }
  Task* task = TakeTask(keeper, request, stop.session);
  if (task == nullptr) return;
  const std::vector<wire::Step> steps(stop.steps, stop.steps + stop.step_count);
  if (task->ladder != nullptr) {
    task->ladder->Join(request.asker);
    return task->ladder->Hurry(steps, stop.kill_grace_ms);
  }
  task->ladder = std::make_unique<Ladder>(keeper, task, steps, stop.kill_grace_ms);
  task->ladder->Join(request.asker);
  task->ladder->Begin();
}

}  // namespace raw_exec::keeper
