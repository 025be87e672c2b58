// The directory that holds all that outlives the keeper. It is used only when nobody but its owner,
// who is the keeper's user, can change what is in it.
#pragma once

#include <string>

#include "../core/unique_fd.h"
#include "complaint.h"

namespace raw_exec::keeper {

class StateDirectory {
 public:
  // Makes it if need be. What is there is checked, never mended: whoever made it otherwise may have
  // put something in.
  Complaint Open(const std::string& path);

  // For as long as this object lives. The second keeper is told who the first is.
  Complaint Lock();

  // The same for a lock that the process had before it became this executable.
  Complaint TakeLock(UniqueFd lock);
  int lock_fd() const { return lock_.get(); }

  // Whether a process holds the lock file `name` at this moment.
  bool IsHeld(const char* name) const;

  int fd() const { return directory_.get(); }
  int tasks_fd() const { return tasks_.get(); }
  const std::string& path() const { return path_; }

 private:
  Complaint OpenTasks();

  std::string path_;
  UniqueFd directory_;
  UniqueFd tasks_;
  UniqueFd lock_;
};

}  // namespace raw_exec::keeper
