#include "holder.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "../core/records/task_record.h"
#include "holder_setup.h"
#include "keeper_absence.h"
#include "keeper_link.h"
#include "start_order.h"
#include "starts.h"
#include "task_waiter.h"

namespace raw_exec {
namespace {

using keeper::Complaint;
using wire::HolderKind;

wire::Failed RecordFailure(int error) {
  return {error, static_cast<int32_t>(wire::Reason::record), 0, -1, 0, 0};
}

class Holder : ChildEvents, StartAnswers, KeeperEvents {
 public:
  Holder(HolderSetup setup, const HolderOptions& options);
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
  void TellTasks(uint64_t request);
  void OnChildSignal();

  HolderSetup setup_;
  keeper::EventLoop loop_;
  TaskWaiter waiter_;
  Starts starts_;
  KeeperLink link_;
  KeeperAbsence absence_;
  keeper::Watch signal_watch_;
};

Holder::Holder(HolderSetup setup, const HolderOptions& options)
    : setup_(std::move(setup)),
      waiter_(&loop_, setup_.state.tasks_fd(), this),
      starts_(&loop_, setup_.state.tasks_fd(), &waiter_, this, setup_.oom_score_adj),
      link_(&loop_, this),
      absence_(&loop_, options.keeper, options.state, [this] { loop_.Stop(); }) {}

int Holder::Run() {
  int error = loop_.Open();
  if (error == 0) error = starts_.Open();
  if (error == 0) {
    error = signal_watch_.Start(&loop_, setup_.signals.get(), EPOLLIN,
                                [this](uint32_t) { OnChildSignal(); });
  }
  if (error == 0) error = link_.Open(UniqueFd(kGivenKeeperFd), std::move(setup_.listener));
  if (error == 0) error = loop_.Run();
  return error == 0 ? 0 : static_cast<int>(keeper::ExitCode::failed);
}

// One signal may stand for many children; the next one is not lost, since it was taken first.
void Holder::OnChildSignal() {
  signalfd_siginfo one = {};
  if (read(setup_.signals.get(), &one, sizeof(one)) == sizeof(one)) {
    waiter_.CollectOne(static_cast<pid_t>(one.ssi_pid));
  }
  waiter_.Collect();
}

bool Holder::OnOtherEnd(pid_t pid) { return !absence_.OnChildEnd(pid) && starts_.OnChildEnd(pid); }

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
    default:
      return false;
  }
}

bool Holder::Attach(wire::MessageReader* reader) {
  wire::Attach attach = {};
  if (!reader->Take(&attach) || !reader->IsComplete() || attach.magic != wire::kMagic) return false;
  const uint64_t request = reader->frame().request;
  if (attach.protocol != wire::kProtocol) {
    constexpr int32_t kReason = static_cast<int32_t>(wire::Reason::protocol);
    link_.Send(HolderKind::failed, request, wire::Failed{EPROTO, kReason, 0, -1, 0, 0});
    return true;
  }
  absence_.End();
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
  if (!reader->Take(&order) || !reader->IsComplete()) return false;
  // What is noted counts at once, whether it can be written or not.
  WaitedTask* task = waiter_.Find(order.serial);
  if (task != nullptr) task->was_stopped = order.was_stopped != 0;
  StartRecord record;
  int error = ReadStart(setup_.state.tasks_fd(), order.serial, &record);
  if (error == 0) {
    record.supervisor_pid = order.supervisor_pid;
    record.supervisor_start_ticks = order.supervisor_start_ticks;
    record.was_stopped = order.was_stopped != 0;
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
  Complaint bad = ReadHolderOptions(argc, argv, &options);
  if (!bad) bad = SetUpHolder(options, &setup);
  if (bad) {
    keeper::Print(bad);
    return static_cast<int>(bad.code);
  }
  LeaveTerminal();
  return Holder(std::move(setup), options).Run();
}

}  // namespace raw_exec
