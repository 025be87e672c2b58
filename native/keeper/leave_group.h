// The group that a supervisor has made for keeper, holder and pumps (src/keeper/keeper-group.ts).
// It must go with them, and a group with processes cannot be removed: each leaves it at its end,
// for the top of the hierarchy, and so the last of them removes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace raw_exec::keeper {

// A group in one of the hierarchies that are mounted.
struct OwnGroup {
  std::string top;        // absolute, where the hierarchy is mounted
  std::string directory;  // absolute, below `top`
};

// `cgroup`: text of /proc/self/cgroup. `mountinfo`: of /proc/self/mountinfo. Only groups that have
// a name of keeper-group.ts.
std::vector<OwnGroup> FindOwnGroups(std::string_view cgroup, std::string_view mountinfo);

// Where the top may not be entered (an ordinary user, a container) we stay, and whoever makes the
// next group of this kind removes ours.
void LeaveGroups();

}  // namespace raw_exec::keeper
