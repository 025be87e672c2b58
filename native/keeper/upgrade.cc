#include "upgrade.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "../core/sys.h"
#include "keeper_core.h"
#include "messages.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kLookAgainNs = 2'000'000;
constexpr uint64_t kQuietWithinNs = 10'000'000'000;

}  // namespace

void Upgrade::Begin(const Asker& asker, uint16_t protocol, const std::string& path) {
  if (protocol <= wire::kProtocol) {
    wire::Failed failed = Because(wire::Reason::protocol, EPROTONOSUPPORT);
    failed.detail = wire::kProtocol;
    return keeper_->server.Fail(asker, failed, "the keeper is as new, or newer");
  }
  askers_.push_back(asker);
  if (executable_) return;  // whichever comes first is newer; who is newer still asks again
  path_ = path;
  executable_ = AboveStdio(UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)));
  if (!executable_) return Fail(errno, std::strerror(errno));
  if (const std::string fault = FaultOfExecutable(executable_.get()); !fault.empty()) {
    return Fail(EACCES, fault);
  }
  if (const int error = Try(); error != 0) Fail(error, std::strerror(error));
}

int Upgrade::Try() {
  const UniqueFd memfd = WriteKeeperHandover(Collect());
  if (!memfd) return errno;
  return trial_.Start(&keeper_->loop, executable_.get(), memfd.get(),
                      WithMemfd(arguments_, memfd.get()),
                      [this](const std::string& refusal) { OnVerdict(refusal); });
}

void Upgrade::OnVerdict(const std::string& refusal) {
  if (!refusal.empty()) return Fail(ENOEXEC, refusal);
  is_imminent_ = true;
  quiet_deadline_ns_ = MonotonicNs() + kQuietWithinNs;
  AwaitQuiet();
}

// Starts have deadlines of their own, and a holder that lives answers: it is a matter of moments.
void Upgrade::AwaitQuiet() {
  if (IsQuiet()) return HandOver();
  if (MonotonicNs() > quiet_deadline_ns_) {
    return Fail(EBUSY, "starts are under way, or the holder does not answer");
  }
  again_.Set(&keeper_->loop, kLookAgainNs, [this] { AwaitQuiet(); });
}

bool Upgrade::IsQuiet() const {
  const TaskTable::Map& tasks = keeper_->tasks.all();
  return !keeper_->holder.is_asked() &&
         std::all_of(tasks.begin(), tasks.end(),
                     [](const auto& entry) { return entry.second->is_started; });
}

KeeperHandover Upgrade::Collect() const {
  KeeperHandover handover;
  handover.lock_fd = keeper_->state.lock_fd();
  handover.listener_fd = keeper_->server.listener_fd();
  handover.nofile = keeper_->limits.nofile;
  for (const auto& [serial, task] : keeper_->tasks.all()) {
    if (task->ladder != nullptr) handover.ladders.push_back(task->ladder->Save());
    if (task->adopted != nullptr && !task->HasEnded()) {
      handover.pidfds.push_back({serial, task->adopted->pidfd(), 0});
    }
  }
  return handover;
}

void Upgrade::HandOver() {
  const KeeperHandover handover = Collect();
  const UniqueFd memfd = WriteKeeperHandover(handover);
  if (!memfd) return Fail(errno, std::strerror(errno));
  std::vector<int> kept = handover.Descriptors();
  kept.push_back(memfd.get());
  const int error = Become(executable_.get(), WithMemfd(arguments_, memfd.get()), kept);
  Fail(error, std::string("it said yes, but cannot be executed: ") + std::strerror(error));
}

void Upgrade::Fail(int error, const std::string& why) {
  is_imminent_ = false;
  executable_.Reset();
  const std::string text = "cannot become " + path_ + ": " + why;
  const std::vector<Asker> askers = std::move(askers_);
  askers_.clear();
  for (const Asker& asker : askers) {
    keeper_->server.Fail(asker, Because(wire::Reason::upgrade, error), text);
  }
}

}  // namespace raw_exec::keeper
