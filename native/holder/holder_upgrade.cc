#include "holder_upgrade.h"

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace raw_exec {

bool HolderUpgrade::OnRequest(wire::MessageReader* reader, std::vector<UniqueFd>* fds) {
  wire::HolderUpgrade order = {};
  if (!reader->Take(&order) || !reader->IsComplete() || order.magic != wire::kMagic) return false;
  if (fds != nullptr && fds->size() != 1) return false;
  const uint64_t request = reader->frame().request;
  if (fds == nullptr) {
    Refuse(request, EBUSY, "no descriptors are left");
  } else if (order.protocol <= wire::kProtocol) {
    Refuse(request, EPROTO, "it is as new, or newer");
  } else if (executable_) {
    Refuse(request, EBUSY, "one is being tried already");
  } else {
    Begin(request, std::move(fds->front()));
  }
  return true;
}

void HolderUpgrade::Begin(uint64_t request, UniqueFd executable) {
  request_ = request;
  executable_ = AboveStdio(std::move(executable));
  if (const std::string fault = keeper::FaultOfExecutable(executable_.get()); !fault.empty()) {
    return Fail(EACCES, fault);
  }
  if (!starts_->AreOver()) return Fail(EBUSY, "starts are under way");
  if (const int error = Try(); error != 0) Fail(error, std::strerror(error));
}

int HolderUpgrade::Try() {
  const UniqueFd memfd = WriteHolderHandover(collect_(), *waiter_, *trees_);
  if (!memfd) return errno;
  return trial_.Start(loop_, executable_.get(), memfd.get(),
                      keeper::WithMemfd(arguments_, memfd.get()),
                      [this](const std::string& refusal) { OnVerdict(refusal); });
}

void HolderUpgrade::OnVerdict(const std::string& refusal) {
  if (!refusal.empty()) return Fail(ENOEXEC, refusal);
  // An older keeper may have come meanwhile, and have asked for a start.
  if (!starts_->AreOver()) return Fail(EBUSY, "starts are under way");
  HandOver();
}

void HolderUpgrade::HandOver() {
  const HolderHandover handover = collect_();
  const UniqueFd memfd = WriteHolderHandover(handover, *waiter_, *trees_);
  if (!memfd) return Fail(errno, std::strerror(errno));
  const std::vector<int> kept = {handover.lock_fd, handover.listener_fd, memfd.get()};
  const int error =
      keeper::Become(executable_.get(), keeper::WithMemfd(arguments_, memfd.get()), kept);
  Fail(error,
       std::string("the newer one said yes, but cannot be executed: ") + std::strerror(error));
}

void HolderUpgrade::Refuse(uint64_t request, int error, const std::string& why) {
  constexpr int32_t kReason = static_cast<int32_t>(wire::Reason::upgrade);
  link_->SendFailure(request, wire::Failed{error, kReason, 0, -1, 0, 0}, why);
}

void HolderUpgrade::Fail(int error, const std::string& why) {
  executable_.Reset();
  Refuse(request_, error, why);
}

}  // namespace raw_exec
