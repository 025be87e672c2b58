#include "supervisors.h"

#include <sys/epoll.h>

#include <cerrno>

namespace raw_exec::keeper {

int Supervisors::See(const ProcessIdentity& identity) {
  const Key key = {identity.pid, identity.start_ticks};
  if (seen_.contains(key)) return 0;
  UniqueFd pidfd = OpenProcess(identity);
  if (!pidfd && errno != ESRCH) return errno;
  if (!pidfd) {
    loop_->Defer([this, identity] { on_gone_(identity); });
    return 0;
  }
  auto entry = std::make_unique<Entry>();
  entry->pidfd = std::move(pidfd);
  const int error = entry->watch.Start(loop_, entry->pidfd.get(), EPOLLIN,
                                       [this, identity](uint32_t) { Gone(identity); });
  if (error == 0) seen_.emplace(key, std::move(entry));
  return error;
}

void Supervisors::Gone(const ProcessIdentity& identity) {
  seen_.erase({identity.pid, identity.start_ticks});
  on_gone_(identity);
}

}  // namespace raw_exec::keeper
