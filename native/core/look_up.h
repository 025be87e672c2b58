// Finding a command in PATH, as execvp(3) does.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace raw_exec {

// The first file that may be executed. Empty and relative elements of `path` refer to `cwd` (empty:
// ours). Returns 0 and fills `found`, or ENOENT, or EACCES when a file was there that may not be
// executed.
int LookUp(std::string_view command, std::string_view path, std::string_view cwd,
           std::string* found);

}  // namespace raw_exec
