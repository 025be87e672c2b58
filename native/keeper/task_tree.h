// What holds a task together that has no groups of its own: its reaper is seen to its end, which is
// the end of the tree below it. A reaper that somebody has killed leaves what it was the reaper of
// to other parents: the main process dies with it, and what else can still be told from strangers,
// by the session that it led, is killed at once.
#pragma once

#include <cstdint>

namespace raw_exec::keeper {

class Keeper;
struct Task;

// From a reaper that lives on. One that has ended meanwhile leaves the task without a tree. 0, or
// the positive errno of what it takes to see that: then it is not known.
// `is_just_started`: by our own holder, so one that has gone was killed since.
[[nodiscard]] int WatchTree(Keeper* keeper, Task* task, bool is_just_started);

}  // namespace raw_exec::keeper
