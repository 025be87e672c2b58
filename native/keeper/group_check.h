// Whether the groups that a start names as the task's own can be: they will be killed and emptied.
#pragma once

#include "../core/records/task_record.h"

namespace raw_exec::keeper {

// nullptr, or what is wrong, for people. `cgroup_fd` is the group that the task is cloned into, or
// -1; when a v2 group is named, both are the same. A tree has none of its own, and `cgroup_fd` is
// one that others use, too.
[[nodiscard]] const char* CheckOwnGroups(const StartRecord& record, int cgroup_fd);

}  // namespace raw_exec::keeper
