// The newer executable's part of a trial (successor.h).
#pragma once

namespace raw_exec {

// Arguments: those that it would be started with to take over. Says yes on standard output, or why
// not, and does nothing.
int CheckHandoverMain(int argc, char** argv);

}  // namespace raw_exec
