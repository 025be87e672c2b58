#include "inherited_state.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "sys.h"

namespace raw_exec {
namespace {

uint64_t Hash(const char* bytes, size_t size) {
  uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (size_t i = 0; i < size; ++i) {
    hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3U;
  }
  return hash;
}

// 0 where there is no /proc: then the file never tells of a change.
uint64_t HashFile(const char* path, UniqueFd* fd) {
  if (!*fd) *fd = AboveStdio(UniqueFd(open(path, O_RDONLY | O_CLOEXEC)));
  if (!*fd) return 0;
  char text[8192] = {};
  const long size = RawSyscall(SYS_pread64, fd->get(), Arg(text), sizeof(text), 0);
  return size <= 0 ? 0 : Hash(text, static_cast<size_t>(size));
}

using Capabilities = uint32_t[6];

void ReadCapabilities(Capabilities* capabilities) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  RawSyscall(SYS_capget, Arg(&header), Arg(*capabilities));
}

}  // namespace

bool InheritedState::operator==(const InheritedState& other) const {
  return std::memcmp(uids, other.uids, sizeof(uids)) == 0 &&
         std::memcmp(gids, other.gids, sizeof(gids)) == 0 &&
         std::memcmp(capabilities, other.capabilities, sizeof(capabilities)) == 0 &&
         std::memcmp(limits.data(), other.limits.data(), sizeof(limits)) == 0 &&
         process_group == other.process_group && session == other.session &&
         oom_score_adj == other.oom_score_adj && cgroups == other.cgroups && groups == other.groups;
}

InheritedState InheritedStateReader::Read() {
  InheritedState state = {};
  RawSyscall(SYS_getresuid, Arg(&state.uids[0]), Arg(&state.uids[1]), Arg(&state.uids[2]));
  RawSyscall(SYS_getresgid, Arg(&state.gids[0]), Arg(&state.gids[1]), Arg(&state.gids[2]));
  ReadCapabilities(&state.capabilities);
  for (size_t i = 0; i < state.limits.size(); ++i) {
    RawSyscall(SYS_prlimit64, 0, static_cast<long>(i), 0, Arg(&state.limits[i]));
  }
  state.process_group = static_cast<pid_t>(RawSyscall(SYS_getpgid, 0));
  state.session = static_cast<pid_t>(RawSyscall(SYS_getsid, 0));
  state.oom_score_adj = HashFile("/proc/self/oom_score_adj", &oom_score_adj_);
  state.cgroups = HashFile("/proc/self/cgroup", &cgroup_);
  const long count = RawSyscall(SYS_getgroups, 0, 0);
  if (count > 0) {
    state.groups.resize(static_cast<size_t>(count));
    RawSyscall(SYS_getgroups, count, Arg(state.groups.data()));
  }
  return state;
}

Scheduling CurrentScheduling() {
  constexpr long kOffset = 20;  // the system call answers 20 - nice, so as not to be negative
  Scheduling now;
  now.nice = static_cast<int>(kOffset - RawSyscall(SYS_getpriority, PRIO_PROCESS, 0));
  RawSyscall(SYS_sched_getaffinity, 0, sizeof(now.cpus), Arg(now.cpus.data()));
  return now;
}

bool KeepsCapabilitiesOverExec() {
  const bool is_root = RawSyscall(SYS_geteuid) == 0;
  if (is_root && (RawSyscall(SYS_prctl, PR_GET_SECUREBITS) & SECBIT_NOROOT) == 0) return true;
  Capabilities capabilities = {};
  ReadCapabilities(&capabilities);
  constexpr size_t kSets = 3;  // effective, permitted, inheritable: of 32 capabilities, then again
  for (size_t bit = 0; bit < 64; ++bit) {
    const uint32_t effective = capabilities[bit / 32 * kSets];
    if ((effective >> (bit % 32) & 1U) == 0) continue;
    if (RawSyscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, static_cast<long>(bit), 0,
                   0) != 1) {
      return false;
    }
  }
  return true;
}

}  // namespace raw_exec
