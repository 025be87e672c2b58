#include "ladder.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "../core/member_signal.h"
#include "../core/sys.h"
#include "../holder/exit_facts.h"
#include "keeper_core.h"
#include "messages.h"
#include "task.h"
#include "task_signal.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
// How long the notice of the main process's end may take after nothing runs of it.
constexpr int kNoticeGraceMs = 1000;
constexpr size_t kMaxSurvivors = 4096;  // told of; a message has room for so many

}  // namespace

Ladder::Ladder(Keeper* keeper, Task* task, std::vector<wire::Step> steps, int kill_grace_ms)
    : keeper_(keeper),
      task_(task),
      extent_(keeper->tasks, *task),
      steps_(std::move(steps)),
      kill_grace_ms_(kill_grace_ms) {}

void Ladder::Begin() {
  NoteStopped(keeper_, task_);
  NextStep();
}

bool Ladder::IsOver() const { return task_->HasEnded() && extent_.IsEmpty(); }

bool Ladder::IsFor(const wire::Step& step) const {
  const bool is_for_all = step.target == static_cast<int32_t>(wire::SignalTarget::everything);
  return is_for_all ? !IsOver() : !task_->HasEnded();
}

// A step whose addressed are gone is passed over.
void Ladder::NextStep() {
  for (; index_ < steps_.size(); ++index_) {
    if (IsFor(steps_[index_])) return Take(steps_[index_]);
  }
  KillEverything();
}

void Ladder::StartReport(int signal, wire::SignalTarget target, int grace_ms) {
  report_ = {{}, std::make_shared<int>(0)};
  report_.told.signal = signal;
  report_.told.target = static_cast<int32_t>(target);
  report_.told.sent_at_ns = RealtimeNs();
  report_started_ns_ = MonotonicNs();
  AwaitGrace(static_cast<uint64_t>(grace_ms) * kNsPerMs);
}

void Ladder::AwaitGrace(uint64_t left_ns) {
  grace_ends_ns_ = MonotonicNs() + left_ns;
  grace_.Set(&keeper_->loop, left_ns, [this] {
    if (is_killing_) {
      OnKillGraceOver();
    } else {
      EndStep(false);
    }
  });
}

void Ladder::AwaitEmptiness() {
  empty_.Start(&keeper_->loop, extent_, [this] {
    if (IsOver()) EndStep(true);
  });
}

void Ladder::EndReport(bool has_ended) {
  grace_.Cancel();
  empty_.Stop();
  report_.told.has_ended = has_ended ? 1 : 0;
  report_.told.waited_ns = static_cast<int64_t>(MonotonicNs() - report_started_ns_);
  reports_.push_back(report_);
}

void Ladder::Take(const wire::Step& step) {
  const auto target = static_cast<wire::SignalTarget>(step.target);
  StartReport(step.signal, target, step.grace_ms);
  const bool was_sent = WasSent(step);
  if (target == wire::SignalTarget::everything && extent_.Any()) {
    if (!was_sent) SignalAll(step.signal);
    AwaitEmptiness();
  } else if (!was_sent) {
    SignalMain(step.signal, target != wire::SignalTarget::main);
  }
}

bool Ladder::WasSent(const wire::Step& step) const {
  return step.signal != SIGKILL &&
         std::any_of(reports_.begin(), reports_.end(), [&step](const Report& report) {
           return report.told.signal == step.signal && report.told.target == step.target;
         });
}

uint64_t Ladder::LeftNs() const {
  const uint64_t now = MonotonicNs();
  uint64_t left = grace_ends_ns_ > now ? grace_ends_ns_ - now : 0;
  for (size_t i = index_ + 1; i < steps_.size(); ++i) {
    left += static_cast<uint64_t>(steps_[i].grace_ms) * kNsPerMs;
  }
  return left;
}

void Ladder::Hurry(const std::vector<wire::Step>& steps, int kill_grace_ms) {
  uint64_t wanted_ns = 0;
  for (const wire::Step& step : steps) wanted_ns += static_cast<uint64_t>(step.grace_ms) * kNsPerMs;
  if (is_killing_ || wanted_ns >= LeftNs()) return;
  kill_grace_ms_ = std::min(kill_grace_ms_, kill_grace_ms);
  steps_.resize(index_ + 1);
  steps_.insert(steps_.end(), steps.begin(), steps.end());
  EndStep(false);
}

void Ladder::SignalMain(int signal, bool to_group) {
  SignalTask(keeper_, task_, signal, to_group, [reached = report_.reached](int error) {
    if (error == 0) ++*reached;
  });
}

// A main process that runs as root may have moved itself out of its groups.
void Ladder::SignalAll(int signal) {
  const SignalRound round = extent_.Signal(signal);
  *report_.reached += static_cast<int>(round.reached.size());
  const bool has_main = std::find(round.reached.begin(), round.reached.end(), task_->record.pid) !=
                        round.reached.end();
  if (!task_->HasEnded() && !has_main) SignalMain(signal, false);
}

void Ladder::EndStep(bool has_ended) {
  EndReport(has_ended);
  ++index_;
  NextStep();
}

void Ladder::OnMainEnded() {
  if (is_killing_) {
    if (IsOver()) Finish();
    return;
  }
  if (!grace_.is_set()) return;
  if (!IsFor(steps_[index_])) EndStep(true);
}

void Ladder::KillEverything() {
  if (IsOver()) return Finish();
  is_killing_ = true;
  StartReport(SIGKILL, wire::SignalTarget::everything, kill_grace_ms_);
  if (!task_->HasEnded()) {
    SignalMain(SIGKILL, false);
    if (!extent_.Any()) SignalMain(SIGKILL, true);
    killed_ = 1;
  }
  if (!extent_.Any()) return;
  kill_.Start(&keeper_->loop, extent_, [this] {
    if (IsOver()) Finish();
  });
  killed_ = std::max(killed_, kill_.killed());
}

// When all have ended, the notice of it is on the way, whatever the grace was.
void Ladder::OnKillGraceOver() {
  if (!IsOver() && extent_.IsEmpty() && !has_waited_for_notice_) {
    has_waited_for_notice_ = true;
    grace_.Set(&keeper_->loop, kNoticeGraceMs * kNsPerMs, [this] { OnKillGraceOver(); });
    return;
  }
  Finish();
}

void Ladder::Finish() {
  std::vector<pid_t> survivors;
  if (is_killing_) {
    const bool is_over = IsOver();
    *report_.reached = killed_;
    EndReport(is_over);
    kill_.Stop();
    is_killing_ = false;
    if (!is_over) {
      MemberList members;
      (void)extent_.List(&members);  // those that could be listed; the main process stands for all
      survivors = members.pids();
      if (!task_->HasEnded() && !members.Has(task_->record.pid)) {
        survivors.push_back(task_->record.pid);
      }
      if (survivors.size() > kMaxSurvivors) survivors.resize(kMaxSurvivors);
    }
  }
  for (const Asker& asker : askers_) {
    wire::MessageWriter message = NewMessage(wire::ClientKind::stopped, asker.request);
    message.Put(wire::Stopped{killed_, static_cast<int32_t>(reports_.size()),
                              static_cast<int32_t>(survivors.size()), 0});
    for (const Report& report : reports_) {
      wire::StepReport told = report.told;
      told.reached = *report.reached;
      message.Put(told);
    }
    for (const pid_t pid : survivors) message.Put(wire::Refusal{pid, 0});
    keeper_->server.Answer(asker, message.View());
  }
  askers_.clear();
  keeper_->DropLadder(task_->record.serial);
}

}  // namespace raw_exec::keeper
