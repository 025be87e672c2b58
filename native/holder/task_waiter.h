// Waits for tasks as their parent, and sees to it that how each has ended is on disk before anybody
// is told and before its process is reaped: until then a death of this process loses nothing, since
// the next parent finds the zombie. No descriptor for a task.
//
// The holder waits so for the tasks that it has started; the keeper, when the holder has died and
// its tasks have become the keeper's children.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "../core/records/task_record.h"
#include "../keeper/event_loop.h"

namespace raw_exec {

struct WaitedTask {
  uint64_t serial = 0;
  int32_t pid = -1;
  bool was_stopped = false;
  bool has_ended = false;
  // A parent before us may have written the exit record, and died before it could reap.
  bool is_inherited = false;
  int64_t started_boottime_ns = 0;
  int64_t oom_kills_at_start = -1;
  std::string oom_file;                         // where the kernel counts them; empty: nowhere
  std::unique_ptr<wire::ExitFacts> unrecorded;  // told already, but not on disk yet

  // As a start record has it. The file is that of FindOomFile.
  static WaitedTask Of(const StartRecord& record, const std::string& oom_file);
};

class ChildEvents {
 public:
  virtual ~ChildEvents() = default;
  // A child has ended that is no task; it is reaped when this has returned. True: it has been made
  // a task by now (Add), and its end is that of a task.
  virtual bool OnOtherEnd(pid_t pid) = 0;
  // The record is on disk, unless task.unrecorded says otherwise. Must not forget the task.
  virtual void OnTaskEnd(const WaitedTask& task, const wire::ExitFacts& facts) = 0;
};

class TaskWaiter {
 public:
  // All are borrowed.
  TaskWaiter(keeper::EventLoop* loop, int tasks_fd, ChildEvents* events)
      : loop_(loop), tasks_fd_(tasks_fd), events_(events) {}
  TaskWaiter(const TaskWaiter&) = delete;
  TaskWaiter& operator=(const TaskWaiter&) = delete;
  ~TaskWaiter() = default;

  // One that is `unrecorded` is taken over from a process that could not write its record.
  void Add(WaitedTask task);
  // nullptr: there is none, or it was forgotten.
  WaitedTask* Find(uint64_t serial);
  // It no longer counts. Its process, if there still is one, is then reaped as any other child.
  void Forget(uint64_t serial);
  const std::unordered_map<uint64_t, WaitedTask>& tasks() const { return tasks_; }
  // Of the tasks whose process is not reaped.
  size_t unreaped_count() const { return serials_.size(); }

  // To be called after SIGCHLD.
  void Collect();
  // Before it, for the child that the signal named: the kernel finds that one at once, while it
  // looks through all children for any that has ended.
  void CollectOne(pid_t pid);

  // To the main process, or the process group that it leads. 0 or a positive errno: ESRCH once it
  // has been reaped, or may be at any moment: from then on its number is nobody's.
  int Signal(uint64_t serial, int signal, bool to_group);

 private:
  void CollectListed();
  bool SeeEnd(const siginfo_t& info, const rusage& usage);
  bool Record(WaitedTask* task, const siginfo_t& info, const rusage& usage);
  void RetryLater();
  void Retry();

  keeper::EventLoop* loop_;
  int tasks_fd_;
  ChildEvents* events_;
  std::unordered_map<uint64_t, WaitedTask> tasks_;
  std::unordered_map<int32_t, uint64_t> serials_;  // of those whose process is unreaped, by pid
  int unrecorded_count_ = 0;
  uint64_t retry_delay_ns_ = 0;
  keeper::Timer retry_;
};

}  // namespace raw_exec
