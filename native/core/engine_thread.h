// The one thread of the engine, for the whole life of the process. It watches the deadlines of
// starts on the fast path, whose callers are suspended in vfork, and it is the parent thread of the
// forker (a parent-death signal is tied to the thread that cloned). It sleeps unless a start is
// under way or was in the last second.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace raw_exec {

// One start's deadline. Belongs to a spawn context and lives as long as that is registered.
struct DeadlineWatch {
  // 0 idle; kKilling while the engine thread signals; else the monotonic time in ns at which the
  // child is killed.
  std::atomic<uint64_t> deadline_ns{0};
  std::atomic<bool> fired{false};
  int32_t pidfd = -1;  // filled in by the kernel (CLONE_PIDFD)
  DeadlineWatch* next = nullptr;

  static constexpr uint64_t kKilling = 1;
};

class EngineThread {
 public:
  static EngineThread& Get();

  void Register(DeadlineWatch* watch);
  void Unregister(DeadlineWatch* watch);

  // Before the clone. Costs a system call only when the thread sleeps for longer than until this
  // deadline.
  void Arm(DeadlineWatch* watch, uint64_t deadline_ns);
  // After the clone has returned. True when the child was killed for its deadline.
  static bool Disarm(DeadlineWatch* watch);

  // Runs `job` on the thread and waits for it.
  void Run(const std::function<void()>& job);

 private:
  EngineThread();
  static void* Main(void* self);
  void Loop();
  uint64_t KillExpired(uint64_t now);
  void Wake();

  struct State;
  State* const state_;
};

}  // namespace raw_exec
