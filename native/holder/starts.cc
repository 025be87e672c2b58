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
#include <memory>
#include <utility>
#include <vector>

#include "../core/plan_wire.h"
#include "../core/process_identity.h"
#include "../core/raw_syscall.h"
#include "../core/spawn.h"
#include "../core/sys.h"
#include "../keeper/process_handle.h"
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

  // Of a tree: what is done when the reaper has told which process the task's is.
  struct Tree {
    StartRecord record;
    int32_t reaper_pid = -1;
    UniqueFd main;  // its pidfd
  };
  std::unique_ptr<Tree> tree;

  bool IsAwaitingMain() const { return tree != nullptr && started.pid == 0; }
};

Starts::Starts(keeper::EventLoop* loop, int tasks_fd, TaskWaiter* waiter, HeldTrees* trees,
               StartAnswers* answers, TaskCloner cloner)
    : loop_(loop),
      tasks_fd_(tasks_fd),
      waiter_(waiter),
      trees_(trees),
      answers_(answers),
      cloner_(std::move(cloner)) {}

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
  if (record.is_tree) start->tree = std::make_unique<UnderWay::Tree>();
  if (failed.error == 0) failed = Watch(start, order->exec_deadline_ms);
  ClonedTask cloned;
  if (failed.error == 0) failed = cloner_.Clone(*order, &cloned);
  if (failed.error != 0) {
    Drop(start);
    return Refuse(order->request, serial, failed);
  }
  if (record.is_tree) return BeginTree(start, cloned, record);
  LetGo(start, cloned, &record);
}

// The record waits for the pid of the task's child, and with it the word to go.
void Starts::BeginTree(UnderWay* start, const ClonedTask& reaper, const StartRecord& record) {
  UnderWay::Tree& tree = *start->tree;
  tree.reaper_pid = reaper.pid;
  tree.record = record;
  tree.record.reaper_pid = reaper.pid;
  tree.record.reaper_start_ticks = reaper.start_ticks;
  tree.record.reaper_pidfs_inode = reaper.pidfs_inode;
  tree.record.started_boottime_ns = reaper.started_boottime_ns;
}

void Starts::OnTreeCloned(UnderWay* start) {
  UnderWay::Tree& tree = *start->tree;
  int32_t pid = 0;
  if (recv(start->link.get(), &pid, sizeof(pid), MSG_DONTWAIT) != sizeof(pid)) {
    start->link_watch.Stop();  // the reaper has been killed, which its end tells
    return;
  }
  if (pid <= 0) {
    return FailWithoutWord(start, SpawnFailure(-pid, static_cast<int32_t>(Step::clone)));
  }
  start->link_watch.Change(0);
  ClonedTask cloned;
  cloned.pid = pid;
  tree.main = keeper::OpenProcess(pid, &cloned.start_ticks);
  // A record that does not say which processes they are would be of no use to a keeper. The reaper
  // is unreaped: when its start could not be read there is no descriptor.
  const int unseen = !tree.main ? errno : tree.record.reaper_start_ticks == 0 ? EMFILE : 0;
  if (unseen != 0) {
    return FailWithoutWord(start, SpawnFailure(unseen, static_cast<int32_t>(Step::clone)));
  }
  cloned.pidfs_inode = PidfsInode(tree.main.get());
  cloned.started_boottime_ns = tree.record.started_boottime_ns;
  LetGo(start, cloned, &tree.record);
}

wire::Failed Starts::Watch(UnderWay* start, int32_t deadline_ms) {
  const uint32_t awaited = start->tree == nullptr ? 0U : uint32_t{EPOLLIN};  // a hang-up always is
  const int error = start->link_watch.Start(loop_, start->link.get(), awaited,
                                            [this, start](uint32_t) { OnLink(start); });
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
  start->started = {record->serial,
                    cloned.pid,
                    record->is_tree ? record->reaper_pid : 0,
                    record->start_ticks,
                    record->started_at_ns,
                    record->reaper_start_ticks};
  const int error = WriteNewStart(tasks_fd_, *record);
  if (error != 0) return FailWithoutWord(start, Refused(error, wire::Reason::record));
  // A child that was killed already does not take it, which its end tells.
  send(start->link.get(), "g", 1, MSG_NOSIGNAL);
}

// The child ends, and OnChildEnd tells of it.
void Starts::FailWithoutWord(UnderWay* start, const wire::Failed& failed) {
  start->failed = failed;
  start->deadline.Cancel();
  start->link_watch.Stop();
  start->link.Reset();
}

// Exact once the child's end of the link is closed.
bool Starts::HasReachedProgram(const UnderWay& start) const {
  const volatile SpawnReport* report = reports_.report(start.report);
  return start.failed.error == 0 && !start.was_killed && report->error == 0 &&
         report->step == static_cast<int32_t>(Step::exec);
}

void Starts::OnLink(UnderWay* start) {
  if (start->IsAwaitingMain()) return OnTreeCloned(start);
  OnLinkEnd(start);
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
  // Unreaped, so the pid is still its own. A reaper takes its task's child along.
  int32_t pid = start->started.pid;
  if (const UnderWay::Tree* tree = start->tree.get(); tree != nullptr) {
    pid = tree->main ? -1 : tree->reaper_pid;
    if (tree->main) PidfdSendSignal(tree->main.get(), SIGKILL);
  }
  if (pid > 0) RawSyscall(SYS_kill, pid, SIGKILL);  // NOLINT: see above
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
    const bool is_reaper = start.tree != nullptr && start.tree->reaper_pid == pid;
    return (start.started.pid == pid || is_reaper) && !start.is_task;
  });
  if (found == starts_.end()) return false;
  UnderWay* start = &*found;
  const bool is_tree = start->tree != nullptr;
  // A reaper that was killed: what it was to start ends with it, and is our child now.
  if (is_tree && start->started.pid != pid && start->started.pid > 0 &&
      IsUnreapedChild(start->started.pid, start->started.start_ticks)) {
    return false;
  }
  if (HasReachedProgram(*start)) {  // and has ended since
    Succeed(start);
    return !is_tree;
  }
  Tell(start, FailureOf(*start));
  Drop(start);
  return false;
}

void Starts::Hold(UnderWay* start) {
  if (start->tree == nullptr) return waiter_->Add(std::move(start->task));
  trees_->Add({std::move(start->task), start->started.start_ticks, start->tree->reaper_pid});
}

void Starts::Succeed(UnderWay* start) {
  Hold(start);
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
    if (start.IsAwaitingMain()) {  // it has no record yet
      FailWithoutWord(&start, Refused(EPIPE, wire::Reason::no_holder));
      continue;
    }
    start.is_task = true;
    Hold(&start);
  }
}

bool Starts::Has(uint64_t serial) const {
  return std::any_of(starts_.begin(), starts_.end(), [serial](const UnderWay& start) {
    return start.started.serial == serial && !start.is_task;
  });
}

bool Starts::AreOver() const {
  return std::all_of(starts_.begin(), starts_.end(),
                     [](const UnderWay& start) { return start.was_killed && !start.is_awaited; });
}

// What cannot be removed now is removed by who next lists the directory: its process is gone.
void Starts::RemoveRecord(uint64_t serial) { (void)RemoveTask(tasks_fd_, serial); }

}  // namespace raw_exec
