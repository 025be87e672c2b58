// The small files of a cgroup, of either version: each value is one write, and one read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace raw_exec {

// 0 or a positive errno. Blocks for as long as the kernel does: a limit of memory that is below
// what is used is reclaimed for inside the write.
[[nodiscard]] int WriteGroupFile(const char* path, std::string_view value);

// 0 or a positive errno; at most 64 KiB, without the newline at the end.
[[nodiscard]] int ReadGroupFile(const char* path, std::string* value);

// How far a list of writes came.
struct WriteOutcome {
  int error = 0;     // positive errno of the one that failed, or 0
  size_t index = 0;  // its index
};

// Pairs of path and value, written in order up to the first that fails.
[[nodiscard]] WriteOutcome WriteGroupFiles(const std::vector<std::string_view>& pairs);

// Opens files once, so that the kernel makes their inodes now and not when a start waits for them
// (8 us each on 6.18). What cannot be opened is left for the use itself to report.
void WarmGroupFiles(const std::vector<std::string_view>& paths);

}  // namespace raw_exec
