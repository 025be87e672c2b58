// The keeper's command line.
#pragma once

#include <string>

#include "complaint.h"

namespace raw_exec::keeper {

struct Options {
  std::string state;           // absolute
  bool is_foreground = false;  // else it goes into a session of its own, and the caller returns
  int ready_fd = -1;           // gets a line once clients can connect
};

Complaint ReadOptions(int argc, char** argv, Options* options);

}  // namespace raw_exec::keeper
