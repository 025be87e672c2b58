// Reads the texts of cgroup and /proc files. Pure: no allocation, no locale, no errno.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace raw_exec {

// A key of a "key value" file, and what its number is multiplied by to come into `column`.
struct StatsKey {
  std::string_view name;
  size_t column;
  double scale = 1;
};

// A number that fills the whole file. "max" and anything else that is none is NaN.
double ParseNumber(std::string_view text);

// "key value" lines (cgroups(7), "flat keyed"); v1's memory.stat and cpu.stat are such as well.
// Numbers of the same column are added up.
void ParseKeyed(std::string_view text, std::span<const StatsKey> keys, double* row);

// io.stat: "8:0 rbytes=1 wbytes=2 …", summed over the devices.
void ParseIoStat(std::string_view text, std::span<const StatsKey> keys, double* row);

// blkio.throttle.io_service_bytes_recursive: "8:0 Read 1", and "Total 2" at the end.
void ParseBlkio(std::string_view text, std::span<const StatsKey> keys, double* row);

// A pressure file: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", then "full …".
void ParsePressure(std::string_view text, double* first_column);

}  // namespace raw_exec
