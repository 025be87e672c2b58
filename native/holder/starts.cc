#include "starts.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>
#include <vector>

#include "../core/plan_wire.h"
#include "../core/process_identity.h"
#include "../core/raw_syscall.h"
#include "../core/spawn.h"
#include "exit_facts.h"

namespace raw_exec {
namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
// How long a killed child may take to go before it counts as stuck; as in report_wait.cc.
constexpr uint64_t kKillGraceNs = 1'000'000'000;

wire::Failed Refused(int error, wire::Reason reason) {
  return {error, static_cast<int32_t>(reason), 0, -1, 0, 0};
}

bool HasHungUp(int fd) {
  pollfd entry = {fd, 0, 0};
  return poll(&entry, 1, 0) > 0;
}

}  // namespace

struct Starts::UnderWay {
  std::list<UnderWay>::iterator self;
  uint64_t request = 0;
  int report = -1;
  UniqueFd link;
  keeper::Watch link_watch;  // after what it watches: it is stopped first
  keeper::Timer deadline;
  wire::Failed failed = {};  // known before the child has ended
  bool was_killed = false;
  bool is_awaited = true;  // somebody is to be told what becomes of it
  bool is_task = false;    // the waiter has it
  wire::Started started = {};
  WaitedTask task;
};

Starts::Starts(keeper::EventLoop* loop, int tasks_fd, TaskWaiter* waiter, StartAnswers* answers,
               std::string oom_score_adj)
    : loop_(loop),
      tasks_fd_(tasks_fd),
      waiter_(waiter),
      answers_(answers),
      cloner_(std::move(oom_score_adj)) {}

Starts::~Starts() = default;

int Starts::Open() {
  if (!reports_) return ENOMEM;
  return ReadBootId(&boot_id_) ? 0 : ENOENT;
}

// What can be done before the clone is done before it: afterwards each page that we touch is
// copied.
void Starts::Begin(StartOrder* order) {
  const uint64_t serial = order->record.serial;
  if (order->plan_version != kWireVersion) {
    return Refuse(order->request, serial, Refused(EPROTO, wire::Reason::malformed));
  }
  if (waiter_->Find(serial) != nullptr || Has(serial)) {
    return Refuse(order->request, serial, Refused(EEXIST, wire::Reason::exists));
  }
  const int report = reports_.Take();
  if (report < 0) return Refuse(order->request, serial, Refused(EAGAIN, wire::Reason::busy));
  UnderWay* const start = &starts_.emplace_back();
  start->self = std::prev(starts_.end());
  start->request = order->request;
  start->report = report;
  StartRecord& record = order->record;
  const std::string oom_file = FindOomFile(record.v2_group, record.v1_groups);
  record.oom_kills_at_start = ReadOomKills(oom_file);
  record.boot_id[0] = boot_id_[0];
  record.boot_id[1] = boot_id_[1];
  start->task = WaitedTask::Of(record, oom_file);
  start->started.serial = serial;
  wire::Failed failed = cloner_.Prepare(*order, reports_.report(report), &start->link);
  if (failed.error == 0) failed = Watch(start, order->exec_deadline_ms);
  ClonedTask cloned;
  if (failed.error == 0) failed = cloner_.Clone(*order, &cloned);
  if (failed.error != 0) {
    Drop(start);
    return Refuse(order->request, serial, failed);
  }
  LetGo(start, cloned, &record);
}

wire::Failed Starts::Watch(UnderWay* start, int32_t deadline_ms) {
  const int error = start->link_watch.Start(loop_, start->link.get(), 0,
                                            [this, start](uint32_t) { OnLinkEnd(start); });
  if (error != 0) return SpawnFailure(error, static_cast<int32_t>(Step::prepare));
  start->deadline.Set(loop_, static_cast<uint64_t>(deadline_ms) * kNsPerMs,
                      [this, start] { OnDeadline(start); });
  return {};
}

void Starts::Refuse(uint64_t request, uint64_t serial, const wire::Failed& failed) {
  // A serial names one task for ever: what lies there of another is that one's.
  if (waiter_->Find(serial) == nullptr && !Has(serial)) RemoveRecord(serial);
  answers_->OnStartFailed(request, failed);
}

// The child is there, and waits. First the record, then the word to go: so there is never a task
// without a record, whoever dies when.
void Starts::LetGo(UnderWay* start, const ClonedTask& cloned, StartRecord* record) {
  record->pid = cloned.pid;
  record->start_ticks = cloned.start_ticks;
  record->pidfs_inode = cloned.pidfs_inode;
  record->started_at_ns = RealtimeNs();
  record->started_boottime_ns = cloned.started_boottime_ns;
  start->task.pid = cloned.pid;
  start->task.started_boottime_ns = cloned.started_boottime_ns;
  start->started = {record->serial, cloned.pid, 0, record->start_ticks, record->started_at_ns};
  const int error = WriteNewStart(tasks_fd_, *record);
  if (error != 0) {
    // No word: it ends, and OnChildEnd tells of it.
    start->failed = Refused(error, wire::Reason::record);
    start->deadline.Cancel();
    start->link_watch.Stop();
    start->link.Reset();
    return;
  }
  // A child that was killed already does not take it, which its end tells.
  send(start->link.get(), "g", 1, MSG_NOSIGNAL);
}

// Exact once the child's end of the link is closed.
bool Starts::HasReachedProgram(const UnderWay& start) const {
  const volatile SpawnReport* report = reports_.report(start.report);
  return start.failed.error == 0 && !start.was_killed && report->error == 0 &&
         report->step == static_cast<int32_t>(Step::exec);
}

// By execve or by the child's end.
void Starts::OnLinkEnd(UnderWay* start) {
  start->link_watch.Stop();
  if (start->is_task) return Drop(start);
  if (HasReachedProgram(*start)) Succeed(start);
  // Else it has failed: that is told when it can be reaped (OnChildEnd).
}

void Starts::OnDeadline(UnderWay* start) {
  // Whoever was busy for so long may have missed that it has ended in time.
  if (HasHungUp(start->link.get())) return OnLinkEnd(start);
  start->was_killed = true;
  // NOLINTNEXTLINE: unreaped, so the pid is still its own
  RawSyscall(SYS_kill, start->started.pid, SIGKILL);
  if (start->is_task) return;
  start->deadline.Set(loop_, kKillGraceNs, [this, start] { OnStuck(start); });
}

// It sits in an uninterruptible sleep, or in a frozen v1 group. SIGKILL ends it when that is over.
void Starts::OnStuck(UnderWay* start) {
  wire::Failed failed = FailureOf(*start);
  failed.flags |= kStuck;
  Tell(start, failed);
}

void Starts::Tell(UnderWay* start, const wire::Failed& failed) {
  RemoveRecord(start->started.serial);
  if (start->is_awaited) answers_->OnStartFailed(start->request, failed);
  start->is_awaited = false;
}

wire::Failed Starts::FailureOf(const UnderWay& start) const {
  if (start.failed.error != 0) return start.failed;
  const volatile SpawnReport* report = reports_.report(start.report);
  if (start.was_killed) return SpawnFailure(ETIMEDOUT, report->step, -1, kDeadline);
  if (report->error != 0) return SpawnFailure(report->error, report->step, report->detail);
  return SpawnFailure(EINTR, report->step, -1, kKilledEarly);
}

bool Starts::OnChildEnd(pid_t pid) {
  const auto found = std::find_if(starts_.begin(), starts_.end(), [pid](const UnderWay& start) {
    return start.started.pid == pid && !start.is_task;
  });
  if (found == starts_.end()) return false;
  UnderWay* start = &*found;
  if (HasReachedProgram(*start)) {  // and has ended since
    Succeed(start);
    return true;
  }
  Tell(start, FailureOf(*start));
  Drop(start);
  return false;
}

void Starts::Succeed(UnderWay* start) {
  waiter_->Add(std::move(start->task));
  answers_->OnStarted(start->request, start->started);
  Drop(start);
}

// Its child no longer writes to the report.
void Starts::Drop(UnderWay* start) {
  reports_.Give(start->report);
  starts_.erase(start->self);
}

void Starts::LoseRequester() {
  for (UnderWay& start : starts_) {
    start.is_awaited = false;
    if (start.is_task || start.was_killed || start.failed.error != 0) continue;
    start.is_task = true;
    waiter_->Add(std::move(start.task));
  }
}

bool Starts::Has(uint64_t serial) const {
  return std::any_of(starts_.begin(), starts_.end(), [serial](const UnderWay& start) {
    return start.started.serial == serial && !start.is_task;
  });
}

// What cannot be removed now is removed by who next lists the directory: its process is gone.
void Starts::RemoveRecord(uint64_t serial) { (void)RemoveTask(tasks_fd_, serial); }

}  // namespace raw_exec
