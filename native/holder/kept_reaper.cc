#include "kept_reaper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "../core/process_tree.h"
#include "../core/records/task_record.h"
#include "../core/sys.h"
#include "../keeper/leave_group.h"
#include "child_entry.h"
#include "exit_facts.h"

namespace raw_exec {
namespace {

constexpr int kWaitAny = 0;  // P_ALL
constexpr int kUsage = 2;
constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kFirstPauseMs = 50;
constexpr int64_t kLastPauseMs = 5000;

int32_t tree[kMaxTree];  // touched only when a record cannot be written

bool Look(int id_type, int pid, int options, siginfo_t* info, rusage* usage) {
  long result = 0;
  do {
    *info = {};
    result = Waitid(id_type, pid, info, WEXITED | WNOHANG | kWaitAll | options, usage);
  } while (result == -EINTR);
  return result == 0 && info->si_pid != 0;
}

bool HasChildren() {
  siginfo_t info = {};
  return Waitid(kWaitAny, 0, &info, WEXITED | WNOHANG | WNOWAIT | kWaitAll, nullptr) != -ECHILD;
}

class KeptReaper {
 public:
  KeptReaper(uint64_t serial, int32_t main_pid) : serial_(serial), main_pid_(main_pid) {}

  void Run() {
    while (Collect()) AwaitChild();
  }

 private:
  // False when there is nothing left to wait for.
  bool Collect();
  bool Record(const siginfo_t& info, const rusage& usage);
  void CollectOthers();
  void AwaitChild();

  const uint64_t serial_;
  const int32_t main_pid_;
  bool is_unrecorded_ = false;
  int64_t pause_ms_ = 0;
};

// The kernel shows the same child again until it is reaped. One that has to stay, for want of its
// record, would hide the others.
bool KeptReaper::Collect() {
  siginfo_t info = {};
  rusage usage = {};
  if (is_unrecorded_ && Look(kIdTypePid, main_pid_, WNOWAIT, &info, &usage)) {
    is_unrecorded_ = !Record(info, usage);
    if (!is_unrecorded_) Look(kIdTypePid, main_pid_, 0, &info, &usage);
  }
  while (!is_unrecorded_ && Look(kWaitAny, 0, WNOWAIT, &info, &usage)) {
    const int32_t pid = info.si_pid;
    if (pid == main_pid_ && !Record(info, usage)) {
      is_unrecorded_ = true;
      break;
    }
    Look(kIdTypePid, pid, 0, &info, &usage);
  }
  if (!is_unrecorded_) return HasChildren();
  CollectOthers();
  // Whoever is the parent then can keep what we cannot write, and tell.
  struct Count {
    int living = 0;
  } count;
  VisitTree(
      getpid(), tree,
      [](void* context, const TreeProcess& process) {
        if (!process.is_dead) ++static_cast<Count*>(context)->living;
      },
      &count);
  return count.living > 0;
}

void KeptReaper::CollectOthers() {
  struct Visit {
    int32_t self;
    int32_t main_pid;
  } visit = {getpid(), main_pid_};
  VisitTree(
      visit.self, tree,
      [](void* context, const TreeProcess& process) {
        const Visit* own = static_cast<const Visit*>(context);
        siginfo_t info = {};
        rusage usage = {};
        if (process.is_dead && process.parent == own->self && process.pid != own->main_pid) {
          Look(kIdTypePid, process.pid, 0, &info, &usage);
        }
      },
      &visit);
}

// True when nothing is to be written any more.
bool KeptReaper::Record(const siginfo_t& info, const rusage& usage) {
  StartRecord start;
  // Without one the start has failed, which is told to whoever waits for it.
  const int unread = ReadStart(kReaperTasksFd, serial_, &start);
  if (unread == ENOENT) return true;
  ExitRecord record;
  record.serial = serial_;
  record.facts = FactsOf(info, usage);
  record.facts.exited_at_ns = RealtimeNs();
  if (unread == 0) record.facts.duration_ns = BoottimeNs() - start.started_boottime_ns;
  record.facts.was_stopped = start.was_stopped ? 1 : 0;
  const int error = WriteNewExit(kReaperTasksFd, record);
  return error == 0 || error == ENOENT;
}

void KeptReaper::AwaitChild() {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  if (!is_unrecorded_) {
    while (sigwaitinfo(&child, nullptr) < 0 && errno == EINTR) continue;
    return;
  }
  pause_ms_ = std::clamp(pause_ms_ * 2, kFirstPauseMs, kLastPauseMs);
  const timespec pause = {pause_ms_ / 1000, pause_ms_ % 1000 * kNsPerMs};
  sigtimedwait(&child, nullptr, &pause);
}

bool TakeNumber(const char* text, int64_t* number) {
  char* end = nullptr;
  errno = 0;
  *number = std::strtoll(text, &end, 10);
  return errno == 0 && end != text && *end == '\0' && *number > 0;
}

bool ReadArguments(int argc, char** argv, int64_t* serial, int64_t* main_pid) {
  for (int i = 0; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--serial" && !TakeNumber(argv[i + 1], serial)) return false;
    if (name == "--main" && !TakeNumber(argv[i + 1], main_pid)) return false;
  }
  return *serial > 0 && *main_pid > 0 && *main_pid <= INT_MAX;
}

}  // namespace

int KeptReaperMain(int argc, char** argv) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  int64_t serial = 0;
  int64_t main_pid = 0;
  if (!ReadArguments(argc, argv, &serial, &main_pid)) {
    (void)std::fputs("raw-exec-keeper reaper is started by raw-exec itself\n", stderr);
    return kUsage;
  }
  prctl(PR_SET_NAME, "raw-exec-reaper");
  KeptReaper(static_cast<uint64_t>(serial), static_cast<int32_t>(main_pid)).Run();
  unlinkat(kReaperTasksFd, TaskPath(static_cast<uint64_t>(serial), kReaperMark).get(), 0);
  keeper::LeaveGroups();
  // At once: there is nothing to be put in order, and somebody waits for this end.
  _exit(0);
}

}  // namespace raw_exec
