// The caller's side of a reaper: one for each task that is started so.
#pragma once

#include <cstdint>

#include "spawn.h"

namespace raw_exec {

void SetReaperPath(const char* path);

// Starts a reaper and in it the task. Blocks until the task is exec'ed, has failed, or its deadline
// has passed. `request.reaped` is filled in; result.exit_fd becomes readable with an ReapedExit.
void SpawnReaped(SpawnContext* context, const SpawnRequest& request, int cgroup_fd,
                 uint32_t features, SpawnResult* result);

// Sends a request. Returns 0 or a positive errno; EPIPE when the reaper has ended.
int AskReaper(int control_fd, int32_t verb, int32_t id, int32_t signal, int32_t deadline_ms);

}  // namespace raw_exec
