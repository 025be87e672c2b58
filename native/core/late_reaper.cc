#include "late_reaper.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <utility>

#include "sys.h"
#include "wait.h"

namespace raw_exec {
namespace {

constexpr long kHeldMs = 10;

void PauseMs(long milliseconds) {
  const timespec pause = {0, milliseconds * 1'000'000};
  nanosleep(&pause, nullptr);
}

}  // namespace

void LateReaper::Add(pid_t pid, UniqueFd exit_fd, bool is_pidfd, bool kills_group) {
  entries_.push_back(Entry{pid, std::move(exit_fd), is_pidfd, kills_group});
}

void LateReaper::Start() {
  if (entries_.empty() || RawSyscall(SYS_gettid) == getpid()) return;
  auto entries = std::make_unique<std::vector<Entry>>(std::move(entries_));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, size_t{64} * 1024);
  pthread_t thread = 0;
  const AllSignalsBlocked inherited_by_the_thread;
  if (pthread_create(&thread, &attributes, Main, entries.get()) == 0) (void)entries.release();
  pthread_attr_destroy(&attributes);
}

void* LateReaper::Main(void* argument) {
  UnblockLibcSignals();
  const std::unique_ptr<std::vector<Entry>> entries(static_cast<std::vector<Entry>*>(argument));
  std::vector<pollfd> polled;
  bool is_held = false;
  while (!entries->empty()) {
    polled.clear();
    for (const Entry& entry : *entries) polled.push_back({entry.exit_fd.get(), POLLIN, 0});
    // A dead child that its tracer holds, see ptrace(2), is readable all the time: asked now and
    // then.
    if (is_held) PauseMs(kHeldMs);
    // A failure (a limit on descriptors that was lowered since, no memory) may last: asked again as
    // seldom.
    is_held = poll(polled.data(), polled.size(), -1) < 0;
    if (is_held) continue;
    for (size_t i = polled.size(); i-- > 0;) {
      if (polled[i].revents == 0) continue;
      Entry& entry = (*entries)[i];
      // Unreaped, so the pid, and with it the group's id, is still its own.
      if (entry.kills_group) RawSyscall(SYS_kill, -entry.pid, SIGKILL);
      ExitInfo ignored;
      if (!TryReap(entry.pid, entry.exit_fd.get(), entry.is_pidfd, &ignored)) {
        is_held = true;
        continue;
      }
      entries->erase(entries->begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return nullptr;
}

}  // namespace raw_exec
