// Directories that are made with the mode and the owner that they are to have, whatever the umask
// says.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace raw_exec {

struct NewDirectory {
  std::string path;
  mode_t mode = 0700;
  // Absent: who makes it.
  struct Owner {
    uid_t uid;
    gid_t gid;
  };
  std::optional<Owner> owner;
};

struct NewDirectoriesOutcome {
  int error = 0;     // of the first that could not be made, or 0; EEXIST where something is already
  size_t index = 0;  // its place in the list; those before it are there
};

// Closed to others until each is as it is to be. Who can exchange parts of the paths meanwhile
// chooses what is made: the directory around them has to be closed, too.
NewDirectoriesOutcome MakeDirectories(const std::vector<NewDirectory>& directories);

}  // namespace raw_exec
