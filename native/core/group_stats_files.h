// The files that statistics of a group come from: a table, so that a counter is one line of it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "stats_columns.h"

namespace raw_exec {

struct GroupStatsFile {
  StatsHierarchy hierarchy = kV2;
  uint32_t parts = 0;  // any of StatsPart
  const char* name = nullptr;
  // Writes what the text says into the columns of `row`.
  void (*parse)(std::string_view text, double* row) = nullptr;
  // Not read when this column has been filled already; 0: always read.
  size_t stands_in_for = 0;
};

inline constexpr size_t kGroupStatsFiles = 23;

// In the order of reading: what depends on another file stands behind it.
std::span<const GroupStatsFile, kGroupStatsFiles> GroupStatsFiles();

}  // namespace raw_exec
