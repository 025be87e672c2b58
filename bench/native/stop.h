// The least that ending everything in a v2 group can cost: one write to cgroup.kill and the wait
// for cgroup.events.
#pragma once

#include <stdint.h>

#include "clone_floor.h"

// Makes a group below `parent`, starts the plan in it and waits for its first byte; then *call is
// how long the write took, *seen how long it was until the group was empty. Removes the group.
void FloorStop(struct FloorPlan* plan, const char* parent, int64_t* call, int64_t* seen);
