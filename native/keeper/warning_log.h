// What a keeper without a terminal warns of: STATE/keeper.log, a line each, for people.
#pragma once

#include <string>

namespace raw_exec::keeper {

// The file is opened for each line: while it is open for writing the file system cannot be
// remounted read-only. When it has grown to 64 KiB it becomes keeper.log.old, in place of the one
// before. Returns 0 or a positive errno.
[[nodiscard]] int AppendWarning(int state_fd, const std::string& text);

}  // namespace raw_exec::keeper
