// The reaper of one task that has no group of its own: parent of its main process, and subreaper,
// so that all that descends from there is found below it. It writes down how the main process has
// ended before it reaps it, with no help from anybody, and ends when nothing of the task is left.
//
// It is asked for nothing and tells nobody: signals and kills come from the keeper, which finds the
// tree below it, and sees both processes end by their pidfds. So a reaper of one version serves
// keepers of another, and one that its own task has stopped holds up nobody but the main process's
// zombie.
//
// STATE/tasks/<serial>.reaper is there before its task is, until it has ended as it should. One
// that has ended and left it was killed, and what it was the reaper of is somebody else's child
// now.
#pragma once

namespace raw_exec {

inline constexpr char kReaperMark[] = "reaper";

// Arguments: --state PATH (for people), --serial N, --main PID, which is a child of this process
// already. Descriptor kReaperTasksFd is STATE/tasks.
int KeptReaperMain(int argc, char** argv);

}  // namespace raw_exec
