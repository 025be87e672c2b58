#include "process_identity.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_tree.h"
#include "sys.h"
#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr long kPidfsMagic = 0x50494446;  // PID_FS_MAGIC of linux/magic.h
constexpr int kBootIdDigits = 32;

bool IsPidfs(int pidfd) {
  struct statfs file_system = {};
  return fstatfs(pidfd, &file_system) == 0 && file_system.f_type == kPidfsMagic;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

bool ReadBootId(uint64_t (*boot_id)[2]) {
  const UniqueFd fd(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  if (!fd || read(fd.get(), text, sizeof(text) - 1) <= 0) return false;
  int digits = 0;
  uint64_t halves[2] = {};
  for (const char c : text) {
    const int digit = HexDigit(c);
    if (digit < 0) continue;  // the dashes of a UUID
    if (digits == kBootIdDigits) return false;
    uint64_t& half = halves[digits++ / (kBootIdDigits / 2)];
    half = half * 16 + static_cast<uint64_t>(digit);
  }
  (*boot_id)[0] = halves[0];
  (*boot_id)[1] = halves[1];
  return digits == kBootIdDigits;
}

uint64_t StartTicks(pid_t pid) {
  TreeProcess process = {};
  return LookAt(pid, &process) ? process.start_ticks : 0;
}

uint64_t StartTicks(pid_t child, int64_t before_ns, int64_t after_ns) {
  constexpr int64_t kNsPerSecond = 1'000'000'000;
  static const int64_t ns_per_tick = kNsPerSecond / sysconf(_SC_CLK_TCK);
  const int64_t ticks = before_ns / ns_per_tick;
  return ticks == after_ns / ns_per_tick ? static_cast<uint64_t>(ticks) : StartTicks(child);
}

bool IsUnreapedChild(pid_t pid, uint64_t start_ticks) {
  siginfo_t info = {};
  const long result =
      Waitid(kIdTypePid, pid, &info, WEXITED | WNOWAIT | WNOHANG | kWaitAll, nullptr);
  return result == 0 && StartTicks(pid) == start_ticks;
}

uint64_t PidfsInode(int pidfd) {
  static const bool is_pidfs = IsPidfs(pidfd);
  if (!is_pidfs) return 0;
  struct stat status = {};
  return fstat(pidfd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace raw_exec
