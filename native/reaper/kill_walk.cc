// Owner of the marks of who was met. They are touched only when something is signalled: a reaper
// that waits has them in no memory.
#include "kill_walk.h"

#include <signal.h>
#include <sys/syscall.h>

#include <cerrno>

#include "../core/raw_syscall.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace raw_exec {
namespace {

constexpr int kPidLimit = 4194304;  // proc_sys_kernel(5): the highest pid_max
constexpr int kMostRounds = 16;

// One bit a number: those that it was set for are listed, so that clearing costs what setting did.
class PidSet {
 public:
  // False when it was in it before.
  bool Add(int32_t pid) {
    if (pid <= 0 || pid >= kPidLimit) return false;
    uint64_t& word = words_[pid / 64];
    const uint64_t bit = uint64_t{1} << (pid % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    if (listed_ < kMaxTree) list_[listed_++] = pid;
    ++size_;
    return true;
  }
  void Clear() {
    if (size_ > listed_) {
      for (uint64_t& word : words_) word = 0;
    } else {
      for (int i = 0; i < listed_; ++i) words_[list_[i] / 64] = 0;
    }
    listed_ = 0;
    size_ = 0;
  }
  int size() const { return size_; }

 private:
  uint64_t words_[kPidLimit / 64];
  int32_t list_[kMaxTree];
  int listed_;
  int size_;
};

PidSet met;
PidSet groups;
int32_t tree[kMaxTree];

// Through a pidfd, which is compared with what was looked at before it was opened: so the signal
// cannot meet another process with the number. Minus errno; -ESRCH when it has gone.
long SendTo(const TreeProcess& process, int signal) {
  const long pidfd = RawSyscall(SYS_pidfd_open, process.pid, 0);
  if (pidfd == -ENOSYS) return RawSyscall(SYS_kill, process.pid, signal);
  if (pidfd < 0) return pidfd;
  TreeProcess now = {};
  long result = -ESRCH;
  if (LookAt(process.pid, &now) && now.start_ticks == process.start_ticks) {
    result = RawSyscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0);
  }
  RawSyscall(SYS_close, pidfd);
  return result;
}

struct SignalPass {
  int signal;
  int new_ones;
  ReaperReply* reply;
};

void SignalOne(void* context, const TreeProcess& process) {
  SignalPass* pass = static_cast<SignalPass*>(context);
  if (process.is_dead || !met.Add(process.pid)) return;
  ++pass->new_ones;
  const long result = SendTo(process, pass->signal);
  ReaperReply* reply = pass->reply;
  if (result == 0) {
    ++reply->reached;
  } else if (result != -ESRCH && reply->listed < kMaxListed) {
    reply->entries[reply->listed++] = {process.pid, static_cast<int32_t>(-result)};
  }
}

struct GroupPass {
  int32_t own_group;
};

void Meet(void* /*context*/, const TreeProcess& process) {
  if (!process.is_dead) met.Add(process.pid);
}

// A group lies within a session, and every session of a descendant was made by us or by one of
// them: so nobody else is in the group. It was looked at just now.
void KillGroup(void* context, const TreeProcess& process) {
  const GroupPass* pass = static_cast<const GroupPass*>(context);
  if (process.is_dead) return;
  met.Add(process.pid);
  if (process.group == pass->own_group || process.group <= 1) return;
  if (groups.Add(process.group)) RawSyscall(SYS_kill, -process.group, SIGKILL);
}

void Stop(void* /*context*/, const TreeProcess& process) {
  if (!process.is_dead) SendTo(process, SIGSTOP);
}

void Kill(void* /*context*/, const TreeProcess& process) {
  if (process.is_dead) return;
  met.Add(process.pid);
  SendTo(process, SIGKILL);
}

void ListOne(void* context, const TreeProcess& process) {
  ReaperReply* reply = static_cast<ReaperReply*>(context);
  if (process.is_dead) return;
  const long result = SendTo(process, SIGKILL);
  if (result == -ESRCH || reply->listed == kMaxListed) return;
  reply->entries[reply->listed++] = {process.pid, static_cast<int32_t>(-result)};
}

}  // namespace

void SignalTree(int32_t self, int signal, ReaperReply* reply) {
  met.Clear();
  for (int round = 0; round < kMostRounds; ++round) {
    SignalPass pass = {signal, 0, reply};
    VisitTree(self, tree, SignalOne, &pass);
    if (pass.new_ones == 0) return;
  }
}

int KillRound(int32_t self, bool is_first) {
  if (is_first) {
    // Whom it is for is counted before the first signal: who dies of that at once would not be
    // found.
    met.Clear();
    VisitTree(self, tree, Meet, nullptr);
  }
  groups.Clear();
  GroupPass pass = {static_cast<int32_t>(RawSyscall(SYS_getpgid, 0))};
  VisitTree(self, tree, KillGroup, &pass);
  if (!is_first) {
    VisitTree(self, tree, Stop, nullptr);
    VisitTree(self, tree, Kill, nullptr);
  }
  return met.size();
}

void ListSurvivors(int32_t self, ReaperReply* reply) { VisitTree(self, tree, ListOne, reply); }

}  // namespace raw_exec
