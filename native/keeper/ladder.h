// The stop of one task: signals with pauses between them, and everything killed at the end. It goes
// on when whoever asked for it is gone.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "../core/wire/client_messages.h"
#include "event_loop.h"
#include "extent.h"
#include "extent_kill.h"
#include "ladder_state.h"
#include "server.h"

namespace raw_exec::keeper {

class Keeper;
struct Task;

// The grace of what is killed at the end when nobody has named one: who dies of SIGKILL dies at
// once, but for uninterruptible sleep.
inline constexpr int kDefaultKillGraceMs = 10'000;

class Ladder {
 public:
  // Both outlive it.
  Ladder(Keeper* keeper, Task* task, std::vector<wire::Step> steps, int kill_grace_ms);

  // One that went on in the process that has handed over to us.
  Ladder(Keeper* keeper, Task* task, const LadderState& state);

  // Where it stands, but for who waits for the answer: these ask again.
  LadderState Save() const;

  // Also gets the answer.
  void Join(const Asker& asker) { askers_.push_back(asker); }
  // While it goes on: a stop that would be over earlier takes the place of what is left of this
  // one. What was sent is not sent again.
  void Hurry(const std::vector<wire::Step>& steps, int kill_grace_ms);
  void Begin();
  // In place of Begin: nothing is sent again but SIGKILL.
  void Resume();
  void OnMainEnded();

 private:
  bool IsOver() const;
  bool IsFor(const wire::Step& step) const;
  void NextStep();
  void Take(const wire::Step& step);
  void SignalAll(int signal);
  void SignalMain(int signal, bool to_group);
  void AwaitGrace(uint64_t left_ns);
  void AwaitEmptiness();
  void StartReport(int signal, wire::SignalTarget target, int grace_ms);
  void EndReport(bool has_ended);
  void EndStep(bool has_ended);
  bool WasSent(const wire::Step& step) const;
  uint64_t LeftNs() const;
  void KillEverything();
  void OnKillGraceOver();
  void Finish();

  Keeper* keeper_;
  Task* task_;
  Extent extent_;
  std::vector<wire::Step> steps_;
  int kill_grace_ms_;
  size_t index_ = 0;
  bool is_killing_ = false;
  bool has_waited_for_notice_ = false;
  int killed_ = 0;
  std::vector<Asker> askers_;
  struct Report {
    wire::StepReport told = {};
    std::shared_ptr<int> reached;  // the holder may answer when the step is over
  };
  std::vector<Report> reports_;
  Report report_;  // of the present step
  uint64_t report_started_ns_ = 0;
  uint64_t grace_ends_ns_ = 0;
  Timer grace_;
  EmptinessWatch empty_;
  ExtentKill kill_;
};

}  // namespace raw_exec::keeper
