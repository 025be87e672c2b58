// Reads the counters of many groups. Owner of the files that stay open for it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "group_stats_files.h"
#include "unique_fd.h"

namespace raw_exec {

// Directories of a group by StatsHierarchy; empty where it has none.
using GroupDirectories = std::array<std::string, kStatsHierarchies>;

class GroupStats {
 public:
  // `max_open_files`: how many files stay open between two readings, of all groups together; at
  // most a quarter of what this process may have open (RLIMIT_NOFILE at this moment).
  explicit GroupStats(size_t max_open_files);

  // Takes a group. Nothing is opened yet. Returns its handle.
  int32_t Add(GroupDirectories directories);
  void Remove(int32_t handle);

  // Writes one row of kGroupColumns. kGroupErrno: 0; ENOENT when the group is gone; EBADF for an
  // unknown handle; else why a file could not be read, and the columns of the others are there.
  void Read(int32_t handle, uint32_t parts, double* row);

  size_t open_files() const { return open_files_; }
  size_t max_open_files() const { return max_open_files_; }

 private:
  struct Group {
    GroupDirectories directories;
    std::array<UniqueFd, kGroupStatsFiles> files;
    // A bit for each file that this host does not have.
    uint32_t absent = 0;
    bool is_used = false;
  };
  static_assert(kGroupStatsFiles <= 32);

  int ReadFile(Group* group, size_t index, double* row);
  int Fill(int fd, size_t* length);
  UniqueFd Open(Group* group, size_t index, int* error);

  const size_t max_open_files_;
  size_t open_files_ = 0;
  std::vector<Group> groups_;
  std::vector<int32_t> free_;
  std::vector<char> text_ = std::vector<char>(size_t{16} * 1024);
};

}  // namespace raw_exec
