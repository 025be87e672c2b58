// Removes a directory with all that is in it, and nothing outside. Those who can write there may
// put a symbolic link, or another directory, in the place of one at any moment: each step is
// relative to a directory that is held open, follows no link and leaves no mount.
#pragma once

#include <string>

namespace raw_exec {

// 0, also when it is gone already, or a positive errno: of the first thing that could not be
// removed; all others are gone then. EBUSY for something that is mounted there, ENOTEMPTY when
// somebody makes new things faster than they are removed. Any depth; a directory of ours that is
// closed to its owner is opened.
[[nodiscard]] int RemoveTree(const std::string& path);

}  // namespace raw_exec
