// A ladder that goes on in another process than the one that it has begun in.
#include <csignal>
#include <memory>

#include "../core/sys.h"
#include "keeper_core.h"
#include "ladder.h"
#include "task.h"

namespace raw_exec::keeper {

Ladder::Ladder(Keeper* keeper, Task* task, const LadderState& state)
    : keeper_(keeper),
      task_(task),
      extent_(keeper->tasks, *task),
      steps_(state.steps),
      kill_grace_ms_(state.fixed.kill_grace_ms),
      index_(state.fixed.index),
      is_killing_(state.fixed.is_killing != 0),
      has_waited_for_notice_(state.fixed.has_waited_for_notice != 0),
      killed_(state.fixed.killed),
      report_{state.fixed.report, std::make_shared<int>(state.fixed.report.reached)},
      report_started_ns_(state.fixed.report_started_ns),
      grace_ends_ns_(state.fixed.grace_ends_ns) {
  for (const wire::StepReport& told : state.reports) {
    reports_.push_back({told, std::make_shared<int>(told.reached)});
  }
}

LadderState Ladder::Save() const {
  const auto told = [](const Report& report) {
    wire::StepReport all = report.told;
    all.reached = *report.reached;
    return all;
  };
  LadderState state;
  state.fixed.serial = task_->record.serial;
  state.fixed.kill_grace_ms = kill_grace_ms_;
  state.fixed.killed = killed_;
  state.fixed.index = static_cast<uint32_t>(index_);
  state.fixed.is_killing = is_killing_ ? 1 : 0;
  state.fixed.has_waited_for_notice = has_waited_for_notice_ ? 1 : 0;
  state.fixed.report_started_ns = report_started_ns_;
  state.fixed.grace_ends_ns = grace_ends_ns_;
  state.fixed.report = told(report_);
  state.steps = steps_;
  for (const Report& report : reports_) state.reports.push_back(told(report));
  return state;
}

void Ladder::Resume() {
  if (is_killing_ ? IsOver() : !IsFor(steps_[index_])) {
    return is_killing_ ? Finish() : EndStep(true);
  }
  const uint64_t now = MonotonicNs();
  AwaitGrace(grace_ends_ns_ > now ? grace_ends_ns_ - now : 0);
  const bool is_for_all =
      is_killing_ || steps_[index_].target == static_cast<int32_t>(wire::SignalTarget::everything);
  if (is_killing_ && !task_->HasEnded()) SignalMain(SIGKILL, !extent_.Any());
  if (is_killing_ && extent_.Any()) {
    kill_.Start(&keeper_->loop, extent_, [this] {
      if (IsOver()) Finish();
    });
  } else if (is_for_all && extent_.Any()) {
    AwaitEmptiness();
  }
}

}  // namespace raw_exec::keeper
