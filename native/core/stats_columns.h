// What statistics of a group and of a process are made of: the numbers of src/native/statistics.ts,
// held together by a test. A column holds NaN where the host does not tell.
#pragma once

#include <cstddef>
#include <cstdint>

namespace raw_exec {

// Where a group's files are: one directory for each.
enum StatsHierarchy : size_t {
  kV2 = 0,
  kMemory = 1,
  kCpu = 2,
  kCpuacct = 3,
  kPids = 4,
  kBlkio = 5,
};
inline constexpr size_t kStatsHierarchies = 6;

// What to read. Detail and pressure cost more than all the others together.
enum StatsPart : uint32_t {
  kPartCpu = 1,
  kPartMemory = 2,
  kPartPids = 4,
  kPartIo = 8,
  kPartMemoryDetail = 16,
  kPartPressure = 32,
  kPartOom = 64,  // of memory only the events
};

enum GroupColumn : size_t {
  kGroupErrno = 0,
  kGroupTakenAtMs = 1,
  kGroupCpuUsageUs = 2,
  kGroupCpuUserUs = 3,
  kGroupCpuSystemUs = 4,
  kGroupCpuPeriods = 5,
  kGroupCpuThrottledPeriods = 6,
  kGroupCpuThrottledUs = 7,
  kGroupMemoryCurrent = 8,
  kGroupMemoryPeak = 9,
  kGroupMemorySwap = 10,
  kGroupMemoryHighEvents = 11,
  kGroupMemoryMaxEvents = 12,
  kGroupMemoryOomEvents = 13,
  kGroupMemoryOomKills = 14,
  kGroupMemoryOomGroupKills = 15,
  kGroupPids = 16,
  kGroupIoReadBytes = 17,
  kGroupIoWrittenBytes = 18,
  kGroupIoReads = 19,
  kGroupIoWrites = 20,
  kGroupMemoryAnon = 21,
  kGroupMemoryFile = 22,
  kGroupMemoryKernel = 23,
  kGroupMemoryShmem = 24,
  kGroupMemoryMapped = 25,
  kGroupMemoryInactiveFile = 26,
  kGroupPageFaults = 27,
  kGroupMajorPageFaults = 28,
  // For each of cpu, memory, io: some and full, and of each avg10, avg60, avg300 and total.
  kGroupCpuPressure = 29,
  kGroupMemoryPressure = 37,
  kGroupIoPressure = 45,
};
inline constexpr size_t kGroupColumns = 53;
inline constexpr size_t kPressureColumns = 8;

enum ProcessColumn : size_t {
  kProcessErrno = 0,
  kProcessStartTicks = 1,
  kProcessParentPid = 2,
  kProcessUserTicks = 3,
  kProcessSystemTicks = 4,
  kProcessRssBytes = 5,
  kProcessSwapBytes = 6,
  kProcessThreads = 7,
  kProcessReadBytes = 8,
  kProcessWrittenBytes = 9,
};
inline constexpr size_t kProcessColumns = 10;

}  // namespace raw_exec
