// The forker as a process: starts it, replaces it when a child through it would not have what this
// process has now, ends it.
#pragma once

#include <sys/types.h>

#include <vector>

#include "inherited_state.h"
#include "spawn.h"
#include "unique_fd.h"

namespace raw_exec {

// Not for use by two threads at once.
class ForkerProcess {
 public:
  void SetPath(const char* path);
  // False when there is none to be had. `report_memory_fd` becomes its ForkerMemory.
  bool Ensure(int report_memory_fd);
  // It is gone, or will not answer. What cannot be killed now (it sits in a frozen group) is reaped
  // by a later start.
  void Stop();
  int socket_fd() const { return socket_.get(); }

 private:
  struct Unreaped {
    pid_t pid;
    UniqueFd pidfd;
    bool is_pidfd;
  };

  void StartOnEngineThread(int report_memory_fd);
  void TakeOnScheduling();
  void ReapStopped();

  char path_[4096] = {};
  UniqueFd socket_;
  UniqueFd pidfd_;
  pid_t pid_ = -1;
  bool is_pidfd_ = true;
  bool cannot_start_ = false;
  InheritedStateReader reader_;
  InheritedState state_ = {};
  Scheduling scheduling_;  // the forker's
  std::vector<Unreaped> stopped_;
};

}  // namespace raw_exec
