#include "engine_thread.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "sys.h"

namespace raw_exec {
namespace {

constexpr uint64_t kNever = UINT64_MAX;
// While starts happen the thread looks once a second, so that a start need not wake it.
constexpr uint64_t kTickNs = 1'000'000'000;
constexpr size_t kStackSize = size_t{128} * 1024;
// How often the caller of a job looks at deadlines.
constexpr long kWatchNs = 50'000'000;
// How soon to look again at a start whose deadline passed before the kernel had made its pidfd.
constexpr uint64_t kAgainNs = 1'000'000;

// False while the pidfd is not there yet: the kernel tells its number before it can be used.
bool TryKill(DeadlineWatch* watch) {
  const int pidfd = __atomic_load_n(&watch->pidfd, __ATOMIC_RELAXED);
  if (pidfd < 0) return false;
  const long sent = PidfdSendSignal(pidfd, SIGKILL);
  if (sent == 0) watch->fired.store(true);
  return sent != -EBADF;
}

}  // namespace

struct EngineThread::State {
  std::atomic<uint32_t> wake_word{0};
  std::atomic<uint64_t> next_wake_ns{0};
  std::atomic<uint64_t> armed{0};  // starts so far
  std::mutex mutex;                // guards what follows
  DeadlineWatch* watches = nullptr;
  const std::function<void()>* job = nullptr;
  // A word to wait on, since conditions are no use here: glibc 2.28 has none that waits by another
  // clock than that of the day, which may be set back.
  std::atomic<uint32_t> jobs_done{0};
  std::mutex run_mutex;  // one job at a time
  bool is_running = false;
};

EngineThread& EngineThread::Get() {
  static EngineThread* const thread =
      new EngineThread();  // never destroyed: it runs until the process ends
  return *thread;
}

EngineThread::EngineThread() : state_(new State()) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread = 0;
  const AllSignalsBlocked inherited_by_the_thread;
  state_->is_running = pthread_create(&thread, &attributes, Main, this) == 0;
  pthread_attr_destroy(&attributes);
}

void EngineThread::Register(DeadlineWatch* watch) {
  const std::lock_guard lock(state_->mutex);
  watch->next = state_->watches;
  state_->watches = watch;
}

void EngineThread::Unregister(DeadlineWatch* watch) {
  const std::lock_guard lock(state_->mutex);
  DeadlineWatch** link = &state_->watches;
  while (*link != nullptr && *link != watch) link = &(*link)->next;
  if (*link != nullptr) *link = (*link)->next;
}

void EngineThread::Wake() {
  state_->wake_word.fetch_add(1);
  RawSyscall(SYS_futex, Arg(&state_->wake_word), FUTEX_WAKE_PRIVATE, 1);
}

void EngineThread::Arm(DeadlineWatch* watch, uint64_t deadline_ns) {
  watch->fired.store(false, std::memory_order_relaxed);
  state_->armed.fetch_add(1, std::memory_order_relaxed);
  watch->deadline_ns.store(deadline_ns);
  if (deadline_ns < state_->next_wake_ns.load()) Wake();
}

bool EngineThread::Disarm(DeadlineWatch* watch) {
  uint64_t deadline = watch->deadline_ns.load();
  while (deadline != 0) {
    if (deadline == DeadlineWatch::kKilling) {
      sched_yield();  // the pidfd must stay what it is until the signal was sent
      deadline = watch->deadline_ns.load();
    } else if (watch->deadline_ns.compare_exchange_weak(deadline, 0)) {
      break;
    }
  }
  return watch->fired.load();
}

// Returns the nearest deadline that has not passed.
uint64_t EngineThread::KillExpired(uint64_t now) {
  uint64_t nearest = kNever;
  for (DeadlineWatch* watch = state_->watches; watch != nullptr; watch = watch->next) {
    uint64_t deadline = watch->deadline_ns.load();
    if (deadline <= DeadlineWatch::kKilling) continue;
    if (deadline > now) {
      nearest = std::min(nearest, deadline);
      continue;
    }
    if (!watch->deadline_ns.compare_exchange_strong(deadline, DeadlineWatch::kKilling)) continue;
    const uint64_t again = TryKill(watch) ? 0 : now + kAgainNs;
    if (again != 0) nearest = std::min(nearest, again);
    watch->deadline_ns.store(again);
  }
  return nearest;
}

void* EngineThread::Main(void* self) {
  UnblockLibcSignals();
  static_cast<EngineThread*>(self)->Loop();
  return nullptr;
}

void EngineThread::Loop() {
  uint64_t seen = 0;
  for (;;) {
    const uint32_t word = state_->wake_word.load();
    const uint64_t now = MonotonicNs();
    const uint64_t armed = state_->armed.load();
    // Told before the look at the watches: a start that arms after the look sees this value and
    // wakes us if it must.
    uint64_t wake_at = armed == seen ? kNever : now + kTickNs;
    state_->next_wake_ns.store(wake_at);
    {
      std::unique_lock lock(state_->mutex);
      if (state_->job != nullptr) {
        const std::function<void()>* job = state_->job;
        lock.unlock();
        (*job)();
        lock.lock();
        state_->job = nullptr;
        state_->jobs_done.fetch_add(1);
        RawSyscall(SYS_futex, Arg(&state_->jobs_done), FUTEX_WAKE_PRIVATE, 1);
      }
      wake_at = std::min(wake_at, KillExpired(now));
    }
    state_->next_wake_ns.store(wake_at);
    seen = armed;
    timespec until = {};
    until.tv_sec = static_cast<time_t>(wake_at / 1'000'000'000);
    until.tv_nsec = static_cast<long>(wake_at % 1'000'000'000);
    // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time.
    RawSyscall(SYS_futex, Arg(&state_->wake_word), FUTEX_WAIT_BITSET_PRIVATE, word,
               wake_at == kNever ? 0 : Arg(&until), 0, FUTEX_BITSET_MATCH_ANY);
  }
}

void EngineThread::Run(const std::function<void()>& job) {
  const std::lock_guard one_at_a_time(state_->run_mutex);
  if (!state_->is_running) {
    job();
    return;
  }
  std::unique_lock lock(state_->mutex);
  state_->job = &job;
  Wake();
  // While the thread runs a job it watches no deadlines, those of the job's own start among them:
  // the one who waits does.
  while (state_->job != nullptr) {
    const uint32_t seen = state_->jobs_done.load();
    lock.unlock();
    // FUTEX_WAIT takes a duration, of CLOCK_MONOTONIC.
    const timespec pause = {0, kWatchNs};
    RawSyscall(SYS_futex, Arg(&state_->jobs_done), FUTEX_WAIT_PRIVATE, seen, Arg(&pause));
    lock.lock();
    if (state_->job != nullptr) KillExpired(MonotonicNs());
  }
}

}  // namespace raw_exec
