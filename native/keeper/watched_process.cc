#include "watched_process.h"

#include <sys/epoll.h>

namespace raw_exec::keeper {

int WatchedProcess::Start(EventLoop* loop, std::function<void()> on_ended) {
  return watch_.Start(loop, pidfd_.get(), EPOLLIN, [this, told = std::move(on_ended)](uint32_t) {
    watch_.Stop();
    told();
  });
}

}  // namespace raw_exec::keeper
