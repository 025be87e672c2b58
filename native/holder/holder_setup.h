// What makes a process the holder: of a session of its own, with no signal that could end it, no
// descriptor that it was not given, the parent of whatever its tasks leave behind, and the only
// holder of its state directory.
#pragma once

#include <string>

#include "../core/unique_fd.h"
#include "../keeper/complaint.h"
#include "../keeper/state_directory.h"
#include "holder_handover.h"

namespace raw_exec {

inline constexpr int kGivenKeeperFd = 3;  // the socket to the keeper that has started it

struct HolderOptions {
  std::string state;
  std::string keeper = "/proc/self/exe";  // what is started when no keeper is there
  int handover_fd = -1;                   // of holder_handover.h: this process was a holder before
};

keeper::Complaint ReadHolderOptions(int argc, char** argv, HolderOptions* options);

// All signals stay blocked. A signal that a task's user sends is left pending: only SIGKILL and
// SIGSTOP are out of our hands.
void BlockSignals();

struct HolderSetup {
  keeper::StateDirectory state;
  UniqueFd lock;
  UniqueFd listener;
  UniqueFd signals;           // a signalfd of SIGCHLD
  std::string oom_score_adj;  // of tasks whose plan does not say; empty: as ours
};

keeper::Complaint SetUpHolder(const HolderOptions& options, HolderSetup* setup);

// The same for a process that was the holder of this directory before it became this executable.
keeper::Complaint TakeOverHolder(const HolderOptions& options, const HolderHandover& handover,
                                 HolderSetup* setup);

// From here on there is nobody to complain to.
void LeaveTerminal();

}  // namespace raw_exec
