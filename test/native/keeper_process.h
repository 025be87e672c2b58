// Real keepers for tests, in state directories of their own.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "../../native/core/unique_fd.h"

namespace raw_exec::test {

// A directory of mode 0700. When it goes, the processes that its lock files name are killed first:
// what a failed test has left must not outlive it.
class StateFolder {
 public:
  StateFolder();
  ~StateFolder();
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;

  const std::string& path() const { return path_; }
  // The pid that a lock file names; -1 without one.
  pid_t Named(const char* lock) const;
  // Names in tasks/.
  std::vector<std::string> Tasks() const;

 private:
  std::string path_;
};

// The end of a process of ours, as of waitpid(2). Fails the test when it does not come.
int AwaitEnd(pid_t pid);

// Until the process is no more, not even a zombie that somebody else has to reap.
void AwaitGone(pid_t pid);

// Calls until it returns true; fails the test after the patience of tests.
void AwaitTrue(const char* what, bool (*is_so)(void*), void* context);
template <typename Condition>
void Await(const char* what, Condition condition) {
  AwaitTrue(
      what, [](void* context) { return (*static_cast<Condition*>(context))(); }, &condition);
}

// Until a process catches, or ignores, a signal: before, the signal would end it.
void AwaitHandled(pid_t pid, int signal);

class KeeperProcess {
 public:
  // Returns when it serves.
  explicit KeeperProcess(const std::string& state) : KeeperProcess(state, RAW_EXEC_KEEPER, {}) {}
  KeeperProcess(const std::string& state, const std::string& program,
                const std::vector<std::string>& options);
  // Ends it with SIGTERM, if it is there yet, which leaves its tasks alone.
  ~KeeperProcess();
  KeeperProcess(const KeeperProcess&) = delete;
  KeeperProcess& operator=(const KeeperProcess&) = delete;

  pid_t pid() const { return pid_; }
  // With SIGKILL.
  void Kill();
  bool IsAlive() const;

 private:
  // False when another keeper has the state directory.
  bool Launch(const std::string& program, const std::vector<std::string>& arguments);

  pid_t pid_ = -1;
  bool is_child_ = true;  // else a holder has started it
};

struct Ran {
  int code = -1;  // exit code, or -1
  std::string errors;
};

// Runs the keeper's executable to its end.
Ran RunKeeper(const std::vector<std::string>& arguments);

}  // namespace raw_exec::test
