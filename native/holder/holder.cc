#include "holder.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/records/task_record.h"
#include "held_trees.h"
#include "holder_setup.h"
#include "holder_upgrade.h"
#include "keeper_absence.h"
#include "keeper_link.h"
#include "start_order.h"
#include "starts.h"
#include "task_waiter.h"

namespace raw_exec {
namespace {

using keeper::Complaint;
using wire::HolderKind;

// How many tasks the kernel looks through in less time than it takes to write down an end.
constexpr size_t kFewTasks = 64;
constexpr uint64_t kSweepNs = 1'000'000;

wire::Failed RecordFailure(int error) {
  return {error, static_cast<int32_t>(wire::Reason::record), 0, -1, 0, 0};
}

class Holder : ChildEvents, StartAnswers, KeeperEvents {
 public:
  Holder(HolderSetup setup, const HolderOptions& options);
  // Before Run, by a process that was the holder before.
  void TakeTasks(HolderHandover handover);
  int Run();

 private:
  bool OnOtherEnd(pid_t pid) override;
  void OnTaskEnd(const WaitedTask& task, const wire::ExitFacts& facts) override;
  void OnStarted(uint64_t request, const wire::Started& started) override;
  void OnStartFailed(uint64_t request, const wire::Failed& failed) override;
  void OnKeeperLost() override;
  bool OnRequest(wire::MessageReader* reader, std::vector<UniqueFd>* fds) override;

  bool Attach(wire::MessageReader* reader);
  bool Start(wire::MessageReader* reader, std::vector<UniqueFd>* fds);
  bool Signal(wire::MessageReader* reader);
  bool Forget(wire::MessageReader* reader);
  bool Note(wire::MessageReader* reader);
  HolderHandover Collect() const;
  void TellTasks(uint64_t request);
  void OnChildSignal();

  HolderSetup setup_;
  keeper::EventLoop loop_;
  TaskWaiter waiter_;
  HeldTrees trees_;
  Starts starts_;
  KeeperLink link_;
  KeeperAbsence absence_;
  HolderUpgrade upgrade_;
  keeper::Watch signal_watch_;
  keeper::Timer sweep_;
  bool was_holder_ = false;
};

Holder::Holder(HolderSetup setup, const HolderOptions& options)
    : setup_(std::move(setup)),
      waiter_(&loop_, setup_.state.tasks_fd(), this),
      trees_(&waiter_),
      starts_(&loop_, setup_.state.tasks_fd(), &waiter_, &trees_, this,
              TaskCloner(setup_.oom_score_adj, options.state, setup_.state.tasks_fd())),
      link_(&loop_, this),
      absence_(&loop_, options.keeper, options.state, [this] { loop_.Stop(); }),
      upgrade_(&loop_, &waiter_, &trees_, &starts_, &link_,
               {"raw-exec-keeper", "holder", "--state", options.state, "--keeper", options.keeper},
               [this] { return Collect(); }) {}

HolderHandover Holder::Collect() const {
  return {
      setup_.lock.get(), link_.listener_fd(), absence_.keeper_pid(), setup_.oom_score_adj, {}, {}};
}

void Holder::TakeTasks(HolderHandover handover) {
  was_holder_ = true;
  absence_.set_keeper_pid(handover.keeper_pid);
  for (WaitedTask& task : handover.tasks) waiter_.Add(std::move(task));
  for (HeldTree& tree : handover.trees) trees_.Add(std::move(tree));
}

int Holder::Run() {
  int error = loop_.Open();
  if (error == 0) error = starts_.Open();
  if (error == 0) {
    error = signal_watch_.Start(&loop_, setup_.signals.get(), EPOLLIN,
                                [this](uint32_t) { OnChildSignal(); });
  }
  UniqueFd given(was_holder_ ? -1 : kGivenKeeperFd);
  if (error == 0) error = link_.Open(std::move(given), std::move(setup_.listener));
  if (was_holder_) {
    // The keeper comes again. Ends that the exec has hidden are looked for.
    absence_.Begin();
    loop_.Defer([this] { waiter_.Collect(); });
  }
  if (error == 0) error = loop_.Run();
  return error == 0 ? 0 : static_cast<int>(keeper::ExitCode::failed);
}

// One signal may stand for many children; the next one is not lost, since it was taken first. The
// child that it names is found at once. To find the others the kernel looks through all children:
// where these are many, once for all that have ended within a millisecond.
void Holder::OnChildSignal() {
  signalfd_siginfo one = {};
  if (read(setup_.signals.get(), &one, sizeof(one)) == sizeof(one)) {
    waiter_.CollectOne(static_cast<pid_t>(one.ssi_pid));
  }
  if (waiter_.unreaped_count() + trees_.all().size() <= kFewTasks) return waiter_.Collect();
  if (!sweep_.is_set()) sweep_.Set(&loop_, kSweepNs, [this] { waiter_.Collect(); });
}

bool Holder::OnOtherEnd(pid_t pid) {
  if (absence_.OnChildEnd(pid)) return false;
  return starts_.OnChildEnd(pid) || trees_.OnChildEnd(pid);
}

void Holder::OnTaskEnd(const WaitedTask& task, const wire::ExitFacts& facts) {
  link_.Send(HolderKind::exited, 0, wire::HolderExited{task.serial, task.pid, 0, facts});
}

void Holder::OnStarted(uint64_t request, const wire::Started& started) {
  link_.Send(HolderKind::started, request, started);
}

void Holder::OnStartFailed(uint64_t request, const wire::Failed& failed) {
  link_.Send(HolderKind::failed, request, failed);
}

void Holder::OnKeeperLost() {
  starts_.LoseRequester();
  absence_.Begin();
}

bool Holder::OnRequest(wire::MessageReader* reader, std::vector<UniqueFd>* fds) {
  switch (static_cast<HolderKind>(reader->frame().kind)) {
    case HolderKind::attach:
      return Attach(reader);
    case HolderKind::start:
      return Start(reader, fds);
    case HolderKind::signal:
      return Signal(reader);
    case HolderKind::forget:
      return Forget(reader);
    case HolderKind::note:
      return Note(reader);
    case HolderKind::upgrade:
      return upgrade_.OnRequest(reader, fds);
    default:
      return false;
  }
}

bool Holder::Attach(wire::MessageReader* reader) {
  wire::Attach attach = {};
  if (!reader->Take(&attach) || !reader->IsComplete() || attach.magic != wire::kMagic) return false;
  const uint64_t request = reader->frame().request;
  // Of another version too: that it lives counts.
  absence_.End(attach.is_supervised != 0);
  if (attach.protocol != wire::kProtocol) {
    constexpr int32_t kReason = static_cast<int32_t>(wire::Reason::protocol);
    link_.Send(HolderKind::failed, request,
               wire::Failed{EPROTO, kReason, 0, wire::kProtocol, 0, 0});
    return true;
  }
  link_.Send(HolderKind::attached, request, wire::Attached{getpid(), 0});
  TellTasks(request);
  return true;
}

void Holder::TellTasks(uint64_t request) {
  std::vector<uint64_t> serials;
  for (const auto& entry : waiter_.tasks()) serials.push_back(entry.first);
  std::sort(serials.begin(), serials.end());
  for (const uint64_t serial : serials) {
    const WaitedTask* task = waiter_.Find(serial);
    link_.Send(HolderKind::held, request, wire::Held{serial, task->pid, task->has_ended ? 1 : 0});
  }
  link_.SendBare(HolderKind::held_all, request);
  // There is no record from which the keeper could learn of these.
  for (const uint64_t serial : serials) {
    const WaitedTask* task = waiter_.Find(serial);
    if (task->unrecorded != nullptr) OnTaskEnd(*task, *task->unrecorded);
  }
}

bool Holder::Start(wire::MessageReader* reader, std::vector<UniqueFd>* fds) {
  if (fds == nullptr) {
    wire::HolderStart head = {};
    if (!reader->Take(&head)) return false;
    starts_.Refuse(reader->frame().request, head.serial,
                   SpawnFailure(EMFILE, static_cast<int32_t>(Step::prepare)));
    return true;
  }
  StartOrder order;
  if (!ReadStartOrder(reader, fds, &order)) return false;
  starts_.Begin(&order);
  return true;
}

bool Holder::Signal(wire::MessageReader* reader) {
  wire::HolderSignal order = {};
  if (!reader->Take(&order) || !reader->IsComplete()) return false;
  const int error = waiter_.Signal(order.serial, order.signal, order.to_group != 0);
  link_.Send(HolderKind::signalled, reader->frame().request, wire::HolderSignalled{error, 0});
  return true;
}

bool Holder::Forget(wire::MessageReader* reader) {
  wire::HolderForget order = {};
  if (!reader->Take(&order) || !reader->IsComplete()) return false;
  const uint64_t request = reader->frame().request;
  const WaitedTask* task = waiter_.Find(order.serial);
  if ((task != nullptr && !task->has_ended) || starts_.Has(order.serial)) {
    constexpr int32_t kReason = static_cast<int32_t>(wire::Reason::still_populated);
    link_.Send(HolderKind::failed, request, wire::Failed{EBUSY, kReason, 0, -1, 0, 0});
    return true;
  }
  const int error = RemoveTask(setup_.state.tasks_fd(), order.serial);
  if (error != 0) {
    link_.Send(HolderKind::failed, request, RecordFailure(error));
    return true;
  }
  waiter_.Forget(order.serial);
  link_.SendBare(HolderKind::done, request);
  return true;
}

bool Holder::Note(wire::MessageReader* reader) {
  wire::HolderNote order = {};
  std::string_view attachment;
  if (!reader->Take(&order) || !reader->TakeText(&attachment, wire::kMaxAttachment) ||
      !reader->IsComplete()) {
    return false;
  }
  // What is noted counts at once, whether it can be written or not.
  WaitedTask* task = waiter_.Find(order.serial);
  if (task != nullptr) task->was_stopped = order.was_stopped != 0;
  StartRecord record;
  int error = ReadStart(setup_.state.tasks_fd(), order.serial, &record);
  if (error == 0) {
    record.supervisor_pid = order.supervisor_pid;
    record.supervisor_start_ticks = order.supervisor_start_ticks;
    record.was_stopped = order.was_stopped != 0;
    record.attachment.assign(attachment);
    error = WriteStart(setup_.state.tasks_fd(), record);
  }
  if (error == 0) {
    link_.SendBare(HolderKind::done, reader->frame().request);
  } else {
    link_.Send(HolderKind::failed, reader->frame().request, RecordFailure(error));
  }
  return true;
}

}  // namespace

int HolderMain(int argc, char** argv) {
  BlockSignals();
  HolderOptions options;
  HolderSetup setup;
  HolderHandover handover;
  Complaint bad = ReadHolderOptions(argc, argv, &options);
  const bool was_holder = options.handover_fd >= 0;
  if (!bad && was_holder) bad = ReadHolderHandover(options.handover_fd, &handover);
  if (!bad) {
    bad = was_holder ? TakeOverHolder(options, handover, &setup) : SetUpHolder(options, &setup);
  }
  if (bad) {
    keeper::Print(bad);
    return static_cast<int>(bad.code);
  }
  LeaveTerminal();
  Holder holder(std::move(setup), options);
  if (was_holder) holder.TakeTasks(std::move(handover));
  return holder.Run();
}

}  // namespace raw_exec
