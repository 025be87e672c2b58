#include "task_waiter.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include "../core/sys.h"
#include "exit_facts.h"

namespace raw_exec {
namespace {

constexpr int kIdTypeAll = 0;  // P_ALL
constexpr uint64_t kFirstRetryNs = 50'000'000;
constexpr uint64_t kLastRetryNs = 5'000'000'000;

// One that has ended, left as it is. False when there is none.
bool LookAtEnd(int id_type, pid_t pid, siginfo_t* info, rusage* usage) {
  long result = 0;
  do {
    *info = {};
    result = Waitid(id_type, pid, info, WEXITED | WNOWAIT | WNOHANG | kWaitAll, usage);
  } while (result == -EINTR);
  return result == 0 && info->si_pid != 0;
}

void Reap(pid_t pid) {
  while (Waitid(kIdTypePid, pid, nullptr, WEXITED | WNOHANG | kWaitAll, nullptr) == -EINTR) {
  }
}

// Our children, zombies too. False where the kernel has no such file (CONFIG_PROC_CHILDREN).
bool ListChildren(std::vector<pid_t>* pids) {
  const UniqueFd fd(open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  std::string text;
  char part[4096];
  for (;;) {
    const ssize_t got = read(fd.get(), part, sizeof(part));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    text.append(part, static_cast<size_t>(got));
  }
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end; ++at) {
    pid_t pid = 0;
    at = std::from_chars(at, end, pid).ptr;
    if (pid > 0) pids->push_back(pid);
  }
  return true;
}

}  // namespace

WaitedTask WaitedTask::Of(const StartRecord& record, const std::string& oom_file) {
  WaitedTask task;
  task.serial = record.serial;
  task.pid = record.pid;
  task.was_stopped = record.was_stopped;
  task.started_boottime_ns = record.started_boottime_ns;
  task.oom_kills_at_start = record.oom_kills_at_start;
  if (task.oom_kills_at_start >= 0) task.oom_file = oom_file;
  return task;
}

void TaskWaiter::Add(WaitedTask task) {
  const uint64_t serial = task.serial;
  const bool is_unrecorded = task.unrecorded != nullptr;
  if (!task.has_ended || is_unrecorded) serials_[task.pid] = serial;
  if (is_unrecorded) {
    ++unrecorded_count_;
    RetryLater();
  }
  tasks_[serial] = std::move(task);
}

WaitedTask* TaskWaiter::Find(uint64_t serial) {
  const auto found = tasks_.find(serial);
  return found == tasks_.end() ? nullptr : &found->second;
}

void TaskWaiter::Forget(uint64_t serial) {
  const auto found = tasks_.find(serial);
  if (found == tasks_.end()) return;
  if (found->second.unrecorded != nullptr) {
    --unrecorded_count_;
    Reap(found->second.pid);
  }
  const auto unreaped = serials_.find(found->second.pid);
  if (unreaped != serials_.end() && unreaped->second == serial) serials_.erase(unreaped);
  tasks_.erase(found);
}

// The kernel shows the same child again until it is reaped. One that has to stay, for want of its
// record, would hide all others: then they are looked at one by one.
void TaskWaiter::Collect() {
  siginfo_t info = {};
  rusage usage = {};
  while (unrecorded_count_ == 0 && LookAtEnd(kIdTypeAll, 0, &info, &usage)) {
    if (SeeEnd(info, usage)) Reap(info.si_pid);
  }
  if (unrecorded_count_ > 0) CollectListed();
}

void TaskWaiter::CollectListed() {
  std::vector<pid_t> pids;
  if (!ListChildren(&pids)) {
    // The tasks at least. What else has ended is reaped once the records are written.
    pids.clear();
    for (const auto& entry : serials_) pids.push_back(entry.first);
  }
  for (const pid_t pid : pids) CollectOne(pid);
}

void TaskWaiter::CollectOne(pid_t pid) {
  const auto known = serials_.find(pid);
  if (known != serials_.end()) {
    const WaitedTask* task = Find(known->second);
    if (task != nullptr && task->unrecorded != nullptr) return;
  }
  siginfo_t info = {};
  rusage usage = {};
  if (LookAtEnd(kIdTypePid, pid, &info, &usage) && SeeEnd(info, usage)) Reap(pid);
}

// Whether the child may be reaped.
bool TaskWaiter::SeeEnd(const siginfo_t& info, const rusage& usage) {
  auto known = serials_.find(info.si_pid);
  if (known == serials_.end()) {
    if (!events_->OnOtherEnd(info.si_pid)) return true;
    known = serials_.find(info.si_pid);
    if (known == serials_.end()) return true;
  }
  WaitedTask* task = Find(known->second);
  if (!Record(task, info, usage)) return false;
  serials_.erase(info.si_pid);
  return true;
}

bool TaskWaiter::Record(WaitedTask* task, const siginfo_t& info, const rusage& usage) {
  ExitRecord record;
  int error = 0;
  if (!task->is_inherited || ReadExit(tasks_fd_, task->serial, &record) != 0) {
    record.serial = task->serial;
    record.facts = FactsOf(info, usage);
    record.facts.exited_at_ns = RealtimeNs();
    record.facts.duration_ns = BoottimeNs() - task->started_boottime_ns;
    record.facts.was_stopped = task->was_stopped ? 1 : 0;
    const int64_t oom_kills = ReadOomKills(task->oom_file);
    if (oom_kills >= 0) record.facts.oom_kills = oom_kills - task->oom_kills_at_start;
    error = WriteNewExit(tasks_fd_, record);
  }
  task->has_ended = true;
  // ENOENT: somebody has removed STATE/tasks under us. It will never take a record again.
  if (error != 0 && error != ENOENT) {
    task->unrecorded = std::make_unique<wire::ExitFacts>(record.facts);
    ++unrecorded_count_;
    RetryLater();
  }
  events_->OnTaskEnd(*task, record.facts);
  return task->unrecorded == nullptr;
}

void TaskWaiter::RetryLater() {
  if (retry_.is_set()) return;
  retry_delay_ns_ =
      retry_delay_ns_ == 0 ? kFirstRetryNs : std::min(retry_delay_ns_ * 2, kLastRetryNs);
  retry_.Set(loop_, retry_delay_ns_, [this] { Retry(); });
}

void TaskWaiter::Retry() {
  for (auto& [serial, task] : tasks_) {
    if (task.unrecorded == nullptr) continue;
    const int error = WriteNewExit(tasks_fd_, {serial, *task.unrecorded});
    if (error != 0 && error != ENOENT) continue;
    task.unrecorded.reset();
    --unrecorded_count_;
    serials_.erase(task.pid);
    Reap(task.pid);
  }
  if (unrecorded_count_ > 0) {
    RetryLater();
    return;
  }
  retry_delay_ns_ = 0;
  Collect();
}

int TaskWaiter::Signal(uint64_t serial, int signal, bool to_group) {
  WaitedTask* task = Find(serial);
  // A zombie that waits for its record would take the signal without a word.
  if (task == nullptr || task->has_ended) return ESRCH;
  if (signal == SIGKILL) task->was_stopped = true;
  // NOLINTNEXTLINE: unreaped, so the pid is still its own, and so is the group of that number
  const long result = RawSyscall(SYS_kill, to_group ? -task->pid : task->pid, signal);
  return static_cast<int>(-result);
}

}  // namespace raw_exec
