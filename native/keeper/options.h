// The keeper's command line.
#pragma once

#include <string>

#include "complaint.h"

namespace raw_exec::keeper {

struct Options {
  std::string state;           // absolute
  bool is_foreground = false;  // else it goes into a session of its own, and the caller returns
  bool is_supervised = false;  // whoever has started it starts the next one too, not the holder
  int ready_fd = -1;           // gets a line once clients can connect
  int handover_fd = -1;        // of keeper_handover.h: this process was a keeper before
};

Complaint ReadOptions(int argc, char** argv, Options* options);

}  // namespace raw_exec::keeper
