// Owner of the marks of who was met. They are touched only when something is signalled: a reaper
// that waits has them in no memory.
#include "kill_walk.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

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

// A number that the kernel gives to somebody else once the root has been reaped is not in its tree.
// Whoever has the root for its parent is asked for, while the root is there; all others were found
// below these.
bool IsBelow(const TreeRoot& root, const TreeProcess& process) {
  if (root.pidfd < 0 || process.parent != root.pid) return true;
  pollfd entry = {root.pidfd, POLLIN, 0};
  const timespec at_once = {};
  return RawSyscall(SYS_ppoll, Arg(&entry), 1, Arg(&at_once), 0, 8) == 0;
}

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
  const TreeRoot* root;
  int signal;
  int new_ones;
  ReaperReply* reply;
};

void SignalOne(void* context, const TreeProcess& process) {
  SignalPass* pass = static_cast<SignalPass*>(context);
  if (process.is_dead || !IsBelow(*pass->root, process) || !met.Add(process.pid)) return;
  ++pass->new_ones;
  const long result = SendTo(process, pass->signal);
  ReaperReply* reply = pass->reply;
  if (result == 0) {
    ++reply->reached;
  } else if (result != -ESRCH && reply->listed < kMaxListed) {
    reply->entries[reply->listed++] = {process.pid, static_cast<int32_t>(-result)};
  }
}

struct KillPass {
  const TreeRoot* root;
  int32_t own_group;
};

bool IsForPass(void* context, const TreeProcess& process) {
  return !process.is_dead && IsBelow(*static_cast<const KillPass*>(context)->root, process);
}

void Meet(void* context, const TreeProcess& process) {
  if (IsForPass(context, process)) met.Add(process.pid);
}

// A group lies within a session, and every session of a descendant was made by the root or one of
// them: so nobody else is in the group. It was looked at just now.
void KillGroup(void* context, const TreeProcess& process) {
  const KillPass* pass = static_cast<const KillPass*>(context);
  if (!IsForPass(context, process)) return;
  met.Add(process.pid);
  if (process.group == pass->own_group || process.group <= 1) return;
  if (groups.Add(process.group)) RawSyscall(SYS_kill, -process.group, SIGKILL);
}

void Stop(void* context, const TreeProcess& process) {
  if (IsForPass(context, process)) SendTo(process, SIGSTOP);
}

void Kill(void* context, const TreeProcess& process) {
  if (!IsForPass(context, process)) return;
  met.Add(process.pid);
  SendTo(process, SIGKILL);
}

struct ListPass {
  const TreeRoot* root;
  ReaperReply* reply;
};

void ListOne(void* context, const TreeProcess& process) {
  const ListPass* pass = static_cast<const ListPass*>(context);
  ReaperReply* reply = pass->reply;
  if (process.is_dead || !IsBelow(*pass->root, process)) return;
  const long result = SendTo(process, SIGKILL);
  if (result == -ESRCH || reply->listed == kMaxListed) return;
  reply->entries[reply->listed++] = {process.pid, static_cast<int32_t>(-result)};
}

}  // namespace

void SignalTree(const TreeRoot& root, int signal, ReaperReply* reply) {
  met.Clear();
  for (int round = 0; round < kMostRounds; ++round) {
    SignalPass pass = {&root, signal, 0, reply};
    VisitTree(root.pid, tree, SignalOne, &pass);
    if (pass.new_ones == 0) return;
  }
}

int KillRound(const TreeRoot& root, bool is_first) {
  KillPass pass = {&root, static_cast<int32_t>(RawSyscall(SYS_getpgid, root.pid))};
  if (is_first) {
    // Whom it is for is counted before the first signal: who dies of that at once would not be
    // found.
    met.Clear();
    VisitTree(root.pid, tree, Meet, &pass);
  }
  groups.Clear();
  VisitTree(root.pid, tree, KillGroup, &pass);
  if (!is_first) {
    VisitTree(root.pid, tree, Stop, &pass);
    VisitTree(root.pid, tree, Kill, &pass);
  }
  return met.size();
}

void ListSurvivors(const TreeRoot& root, ReaperReply* reply) {
  ListPass pass = {&root, reply};
  VisitTree(root.pid, tree, ListOne, &pass);
}

}  // namespace raw_exec
