#include "starts.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

bool HasHungUp(int fd) {
  pollfd entry = {fd, 0, 0};
  return poll(&entry, 1, 0) > 0;
}

}  // namespace

struct Starts::UnderWay {
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

void Starts::Begin(StartOrder* order) {
  if (order->plan_version != kWireVersion) {
    const int32_t reason = static_cast<int32_t>(wire::Reason::malformed);
    return Fail(*order, {EPROTO, reason, static_cast<int32_t>(Step::prepare), -1, 0, 0});
  }
  // A serial names one task for ever: a second one would write over its records.
  if (waiter_->Find(order->record.serial) != nullptr || Has(order->record.serial)) {
    const int32_t reason = static_cast<int32_t>(wire::Reason::exists);
    return answers_->OnStartFailed(order->request, {EEXIST, reason, 0, -1, 0, 0});
  }
  auto start = std::make_unique<UnderWay>();
  start->request = order->request;
  start->report = reports_.Take();
  if (start->report < 0) {
    return Fail(*order, {EAGAIN, static_cast<int32_t>(wire::Reason::busy), 0, -1, 0, 0});
  }
  ClonedTask cloned;
  const wire::Failed failed = cloner_.Clone(*order, reports_.report(start->report), &cloned);
  if (failed.error != 0) {
    reports_.Give(start->report);
    return Fail(*order, failed);
  }
  StartRecord& record = order->record;
  record.pid = cloned.pid;
  record.pidfs_inode = cloned.pidfs_inode;
  start->link = std::move(cloned.link);
  LetGo(std::move(start), order);
}

void Starts::Fail(const StartOrder& order, const wire::Failed& failed) {
  RemoveRecord(order.record.serial);  // the FIFOs
  answers_->OnStartFailed(order.request, failed);
}

// The child is there, and waits. First the record, then the word to go: so there is never a task
// without a record, whoever dies when.
void Starts::LetGo(std::unique_ptr<UnderWay> start, StartOrder* order) {
  StartRecord& record = order->record;
  record.boot_id[0] = boot_id_[0];
  record.boot_id[1] = boot_id_[1];
  record.start_ticks = StartTicks(record.pid);
  record.started_at_ns = RealtimeNs();
  record.started_boottime_ns = BoottimeNs();
  const std::string oom_file = FindOomFile(record.v2_group, record.v1_groups);
  record.oom_kills_at_start = ReadOomKills(oom_file);
  start->task = WaitedTask::Of(record, oom_file);
  start->started = {record.serial, record.pid, 0, record.start_ticks, record.started_at_ns};

  UnderWay* const added = start.get();
  starts_[record.pid] = std::move(start);
  int error = WriteStart(tasks_fd_, record);
  if (error != 0) {
    added->failed = {error, static_cast<int32_t>(wire::Reason::record), 0, -1, 0, 0};
  } else {
    error = added->link_watch.Start(loop_, added->link.get(), 0,
                                    [this, added](uint32_t) { OnLinkEnd(added); });
    if (error != 0) added->failed = SpawnFailure(error, static_cast<int32_t>(Step::prepare));
  }
  if (added->failed.error != 0) {
    added->link.Reset();  // no word: it ends, and OnChildEnd tells of it
    return;
  }
  // A child that was killed already does not take it, which its end tells.
  send(added->link.get(), "g", 1, MSG_NOSIGNAL);
  added->deadline.Set(loop_, static_cast<uint64_t>(order->exec_deadline_ms) * kNsPerMs,
                      [this, added] { OnDeadline(added); });
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
  RawSyscall(SYS_kill, start->task.pid, SIGKILL);
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
  RemoveRecord(start->task.serial);
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
  const auto found = starts_.find(pid);
  if (found == starts_.end()) return false;
  UnderWay* start = found->second.get();
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
  const auto found = starts_.find(start->started.pid);
  if (found != starts_.end()) starts_.erase(found);
}

void Starts::LoseRequester() {
  for (auto& [pid, start] : starts_) {
    start->is_awaited = false;
    if (start->is_task || start->was_killed || start->failed.error != 0) continue;
    start->is_task = true;
    waiter_->Add(std::move(start->task));
  }
}

bool Starts::Has(uint64_t serial) const {
  return std::any_of(starts_.begin(), starts_.end(), [serial](const auto& entry) {
    return entry.second->started.serial == serial && !entry.second->is_task;
  });
}

// What cannot be removed now is removed by who next lists the directory: its process is gone.
void Starts::RemoveRecord(uint64_t serial) { (void)RemoveTask(tasks_fd_, serial); }

}  // namespace raw_exec
