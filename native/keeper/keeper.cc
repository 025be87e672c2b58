#include "keeper.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <utility>

#include "../core/process_identity.h"
#include "activation.h"
#include "keeper_core.h"
#include "keeper_handover.h"
#include "options.h"
#include "own_groups.h"
#include "readiness.h"
#include "recovery.h"
#include "requests.h"
#include "sessions.h"
#include "surroundings.h"

namespace raw_exec {
namespace {

using keeper::Activation;
using keeper::Complaint;
using keeper::Failure;
using keeper::Keeper;
using keeper::KeeperHandover;
using keeper::Options;

// How long a holder that lives may be silent before clients are served without it. It may have been
// stopped by somebody.
constexpr uint64_t kSilentHolderNs = 5'000'000'000;

// The keeper from its start to its end.
class Service {
 public:
  // What was handed over, if anything, is taken.
  Service(Options options, Activation activation, const keeper::InheritedLimits& limits,
          KeeperHandover handover)
      : options_(std::move(options)),
        activation_(std::move(activation)),
        handover_(std::move(handover)),
        keeper_(limits) {}

  // `notice_fd` as of Detach.
  Complaint Open(int notice_fd);
  Complaint Run();

 private:
  Complaint Lock();
  void OnSignals();
  keeper::Arguments OwnArguments() const;
  void OnHolderReady(const std::vector<wire::Held>& held, bool is_new);
  void Recover(const std::vector<wire::Held>* held);
  void Serve();
  void OnSupervisorGone(const keeper::ProcessIdentity& identity);
  void GiveUp(Complaint complaint);

  const Options options_;
  Activation activation_;
  KeeperHandover handover_;
  Keeper keeper_;
  UniqueFd signals_;
  keeper::Watch signal_watch_;
  keeper::Timer silence_;
  int notice_fd_ = -1;
  bool has_recovered_ = false;
  bool is_serving_ = false;
  Complaint complaint_;
};

Complaint Service::Open(int notice_fd) {
  notice_fd_ = notice_fd;
  if (Complaint bad = keeper_.state.Open(options_.state)) return bad;
  if (Complaint bad = Lock()) return bad;
  // One that was handed over is known, and bound under another name.
  if (activation_.listener && handover_.lock_fd < 0) {
    if (Complaint bad = CheckListener(keeper_.state, activation_.listener.get())) return bad;
  }
  if (!ReadBootId(&keeper_.boot_id)) return Failure("read the boot id of this host", errno);
  if (const int error = keeper_.loop.Open(); error != 0) return Failure("wait for events", error);
  signals_ = keeper::OpenSignals();
  if (!signals_) return Failure("receive signals", errno);
  const int error = signal_watch_.Start(&keeper_.loop, signals_.get(), EPOLLIN,
                                        [this](uint32_t) { OnSignals(); });
  if (error != 0) return Failure("wait for signals", error);
  keeper_.waiter = std::make_unique<TaskWaiter>(&keeper_.loop, keeper_.state.tasks_fd(), &keeper_);
  keeper_.pumps.Open(
      &keeper_.loop, &keeper_.state, &keeper_.limits,
      [this](uint64_t stream) { OnLogEnded(&keeper_, stream); },
      [this](const std::string& text) { keeper_.Warn(text); });
  keeper_.places.Open(&keeper_.loop);
  keeper_.supervisors.Open(&keeper_.loop, [this](const keeper::ProcessIdentity& identity) {
    OnSupervisorGone(identity);
  });
  keeper_.holder.Open(
      &keeper_.loop, &keeper_.state, &keeper_.limits, options_.is_supervised,
      {[this](const std::vector<wire::Held>& held, bool is_new) { OnHolderReady(held, is_new); },
       [this] {
         const std::vector<wire::Held> nothing;
         if (!has_recovered_) Recover(&nothing);
         keeper_.holder.Launch();
       },
       [this](const wire::HolderExited& exited) {
         keeper::Task* task = keeper_.tasks.Find(exited.serial);
         if (task != nullptr) keeper_.OnTaskEnded(task, exited.exit);
       },
       [this] { TakeOver(&keeper_); },
       [this] {
         if (!has_recovered_) Recover(nullptr);
       },
       [this](int protocol) {
         GiveUp({keeper::ExitCode::refused,
                 "the tasks of " + keeper_.state.path() + " are held by a holder of protocol " +
                     std::to_string(protocol) + "; this keeper speaks " +
                     std::to_string(wire::kProtocol) + ". Start the newer one"});
       }});
  keeper_.upgrade.SetArguments(OwnArguments());
  return {};
}

// Descriptors that were handed over are ours from here on.
Complaint Service::Lock() {
  if (handover_.lock_fd < 0) return keeper_.state.Lock();
  activation_.listener.Reset(handover_.listener_fd);
  for (const keeper::HandedPidfd& handed : handover_.pidfds) {
    keeper_.handed_pidfds.emplace(handed.serial, handed.fd);
  }
  return keeper_.state.TakeLock(UniqueFd(handover_.lock_fd));
}

Complaint Service::Run() {
  keeper_.fifos.Open(keeper_.state.tasks_fd());
  keeper_.loop.Defer([this] { keeper_.holder.Find(); });
  silence_.Set(&keeper_.loop, kSilentHolderNs, [this] {
    if (!has_recovered_) Recover(nullptr);
    Serve();
  });
  const int error = keeper_.loop.Run();
  return error == 0 ? std::move(complaint_) : Failure("wait for events", error);
}

// What the next executable is started with, beside what it is handed.
keeper::Arguments Service::OwnArguments() const {
  keeper::Arguments arguments = {"raw-exec-keeper", "keeper", "--state", options_.state};
  if (options_.is_foreground) arguments.emplace_back("--foreground");
  if (options_.is_supervised) arguments.emplace_back("--supervised");
  return arguments;
}

void Service::GiveUp(Complaint complaint) {
  complaint_ = std::move(complaint);
  keeper_.loop.Stop();
}

void Service::OnSignals() {
  signalfd_siginfo info = {};
  while (read(signals_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
    // Tasks, holder and their records stay; whoever has sent it wants just us to end.
    if (info.ssi_signo != SIGCHLD) return keeper_.loop.Stop();
    // Before that nobody knows which of our children are tasks. They can wait.
    if (has_recovered_) keeper_.waiter->Collect();
  }
}

void Service::OnHolderReady(const std::vector<wire::Held>& held, bool is_new) {
  if (!has_recovered_) {
    Recover(&held);
  } else if (!is_new) {
    CheckHeld(&keeper_, held);
  }
  Serve();
}

void Service::Recover(const std::vector<wire::Held>* held) {
  has_recovered_ = true;
  const int error = RecoverTasks(&keeper_, held);
  keeper_.fifos.Close();
  if (error != 0) return GiveUp(Failure("read " + keeper_.state.path() + "/tasks", error));
  keeper::ResumeLadders(&keeper_, handover_.ladders);
  keeper_.loop.Defer([this] { keeper_.waiter->Collect(); });
}

void Service::Serve() {
  silence_.Cancel();
  if (is_serving_) return;
  is_serving_ = true;
  Complaint bad = keeper_.server.Listen(
      &keeper_.loop, keeper_.state, std::move(activation_.listener),
      [this] {
        return wire::Welcome{
            wire::kMagic, wire::kProtocol,      0,
            getpid(),     keeper_.holder.pid(), {keeper_.boot_id[0], keeper_.boot_id[1]}};
      },
      [this](const keeper::Request& request) { Handle(&keeper_, request); });
  if (bad) return GiveUp(std::move(bad));
  TellReady(options_, notice_fd_, activation_.notify_socket);
}

void Service::OnSupervisorGone(const keeper::ProcessIdentity& identity) {
  for (const auto& [serial, task] : keeper_.tasks.all()) {
    const StartRecord& record = task->record;
    if (record.on_supervisor_exit != wire::OnSupervisorExit::kill || !task->is_started) continue;
    if (record.supervisor_pid != identity.pid ||
        record.supervisor_start_ticks != identity.start_ticks) {
      continue;
    }
    if (record.IsSession()) {
      OnSessionOrphaned(&keeper_, task.get());
    } else {
      keeper_.StopForSupervisor(task.get());
    }
  }
}

}  // namespace

int KeeperMain(int argc, char** argv) {
  Options options;
  int notice_fd = -1;
  Activation activation;
  Complaint complaint = ReadOptions(argc, argv, &options);
  if (!complaint) complaint = TakeActivation(&activation);
  KeeperHandover handover;
  if (!complaint && options.handover_fd >= 0) {
    complaint = ReadKeeperHandover(options.handover_fd, &handover);
  } else if (!complaint) {
    complaint = Detach(options, &notice_fd);
  }
  if (!complaint) {
    std::vector<int> kept = handover.Descriptors();
    kept.insert(kept.end(), {options.ready_fd, notice_fd, activation.listener.get()});
    keeper::Settle(kept);
    keeper::InheritedLimits limits = keeper::RaiseLimits();
    if (options.handover_fd >= 0) limits.nofile = handover.nofile;
    const auto service =
        std::make_unique<Service>(options, std::move(activation), limits, std::move(handover));
    complaint = service->Open(notice_fd);
    if (!complaint) complaint = service->Run();
  }
  if (complaint) Print(complaint);
  return static_cast<int>(complaint.code);
}

}  // namespace raw_exec
