// A stack for children that share our memory, with a page below it that faults instead of
// corrupting what lies there.
#pragma once

#include <sys/mman.h>

#include <cstddef>

namespace raw_exec {

class GuardedStack {
 public:
  GuardedStack() {
    void* mapping = mmap(nullptr, kGuard + kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) return;
    mapping_ = static_cast<char*>(mapping);
    if (mprotect(base(), kSize, PROT_READ | PROT_WRITE) != 0) {
      munmap(mapping_, kGuard + kSize);
      mapping_ = nullptr;
    }
  }
  ~GuardedStack() {
    if (mapping_ != nullptr) munmap(mapping_, kGuard + kSize);
  }
  GuardedStack(const GuardedStack&) = delete;
  GuardedStack& operator=(const GuardedStack&) = delete;

  explicit operator bool() const { return mapping_ != nullptr; }
  void* base() const { return mapping_ + kGuard; }
  static constexpr size_t size() { return kSize; }

 private:
  // The child's deepest frame is the path buffer of the cgroup step (4 KiB) and the descriptor
  // table; 32 KiB is ample.
  static constexpr size_t kSize = size_t{32} * 1024;
  static constexpr size_t kGuard = size_t{4096} * 16;  // also a whole page where pages are 64 KiB

  char* mapping_ = nullptr;
};

}  // namespace raw_exec
