// The starts that are under way. None holds up another: each has its link to the child and its
// deadline in the event loop.
#pragma once

#include <cstdint>
#include <list>
#include <string>

#include "../core/unique_fd.h"
#include "../keeper/event_loop.h"
#include "held_trees.h"
#include "report_slots.h"
#include "start_order.h"
#include "task_clone.h"
#include "task_waiter.h"

namespace raw_exec {

class StartAnswers {
 public:
  virtual ~StartAnswers() = default;
  virtual void OnStarted(uint64_t request, const wire::Started& started) = 0;
  // Nothing is left of it: no process, unless kStuck says so, no record, no FIFO.
  virtual void OnStartFailed(uint64_t request, const wire::Failed& failed) = 0;
};

class Starts {
 public:
  // All are borrowed.
  Starts(keeper::EventLoop* loop, int tasks_fd, TaskWaiter* waiter, HeldTrees* trees,
         StartAnswers* answers, TaskCloner cloner);
  ~Starts();
  Starts(const Starts&) = delete;
  Starts& operator=(const Starts&) = delete;

  // 0 or a positive errno.
  [[nodiscard]] int Open();

  // The order's descriptors may be closed when this has returned.
  void Begin(StartOrder* order);

  // Answers a start that cannot even be begun. What there is of it goes: its FIFOs.
  void Refuse(uint64_t request, uint64_t serial, const wire::Failed& failed);

  // For ChildEvents::OnOtherEnd: of a task's child, or of a reaper.
  bool OnChildEnd(pid_t pid);

  // Who has asked for them is gone. What has a record is a task from here on: if it does not reach
  // its program, that is seen as an exit with code 127.
  void LoseRequester();

  bool Has(uint64_t serial) const;

  // All that are left were killed, and wait for nothing but their end.
  bool AreOver() const;

 private:
  struct UnderWay;

  wire::Failed Watch(UnderWay* start, int32_t deadline_ms);
  void LetGo(UnderWay* start, const ClonedTask& cloned, StartRecord* record);
  void BeginTree(UnderWay* start, const ClonedTask& reaper, const StartRecord& record);
  void OnLink(UnderWay* start);
  void OnTreeCloned(UnderWay* start);
  void OnLinkEnd(UnderWay* start);
  void OnDeadline(UnderWay* start);
  void OnStuck(UnderWay* start);
  bool HasReachedProgram(const UnderWay& start) const;
  wire::Failed FailureOf(const UnderWay& start) const;
  void Tell(UnderWay* start, const wire::Failed& failed);
  void Succeed(UnderWay* start);
  void Hold(UnderWay* start);
  void FailWithoutWord(UnderWay* start, const wire::Failed& failed);
  void Drop(UnderWay* start);
  void RemoveRecord(uint64_t serial);

  keeper::EventLoop* loop_;
  int tasks_fd_;
  TaskWaiter* waiter_;
  HeldTrees* trees_;
  StartAnswers* answers_;
  TaskCloner cloner_;
  ReportSlots reports_;
  uint64_t boot_id_[2] = {};
  std::list<UnderWay> starts_;
};

}  // namespace raw_exec
