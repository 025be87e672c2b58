#include "group_stats_files.h"

#include <array>
#include <cmath>

#include "stats_text.h"

namespace raw_exec {
namespace {

constexpr double kUsPerNs = 1e-3;
// USER_HZ, in which v1 counts user and system time: 100 everywhere.
constexpr double kUsPerTick = 10'000;

template <size_t kColumn>
void ParseInto(std::string_view text, double* row) {
  row[kColumn] = ParseNumber(text);
}

template <size_t kColumn>
void ParsePressureInto(std::string_view text, double* row) {
  ParsePressure(text, &row[kColumn]);
}

void CpuStat(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {
      {"usage_usec", kGroupCpuUsageUs},
      {"user_usec", kGroupCpuUserUs},
      {"system_usec", kGroupCpuSystemUs},
      {"nr_periods", kGroupCpuPeriods},
      {"nr_throttled", kGroupCpuThrottledPeriods},
      {"throttled_usec", kGroupCpuThrottledUs},
  };
  ParseKeyed(text, kKeys, row);
}

void CpuStatV1(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {
      {"nr_periods", kGroupCpuPeriods},
      {"nr_throttled", kGroupCpuThrottledPeriods},
      {"throttled_time", kGroupCpuThrottledUs, kUsPerNs},
  };
  ParseKeyed(text, kKeys, row);
}

void CpuacctUsage(std::string_view text, double* row) {
  row[kGroupCpuUsageUs] = ParseNumber(text) * kUsPerNs;
}

void CpuacctStat(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {
      {"user", kGroupCpuUserUs, kUsPerTick},
      {"system", kGroupCpuSystemUs, kUsPerTick},
  };
  ParseKeyed(text, kKeys, row);
}

void MemoryEvents(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {
      {"high", kGroupMemoryHighEvents},
      {"max", kGroupMemoryMaxEvents},
      {"oom", kGroupMemoryOomEvents},
      {"oom_kill", kGroupMemoryOomKills},
      {"oom_group_kill", kGroupMemoryOomGroupKills},  // 5.17
  };
  ParseKeyed(text, kKeys, row);
}

void OomControl(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {{"oom_kill", kGroupMemoryOomKills}};  // 4.13
  ParseKeyed(text, kKeys, row);
}

void MemoryStat(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {
      {"anon", kGroupMemoryAnon},
      {"file", kGroupMemoryFile},
      {"shmem", kGroupMemoryShmem},
      {"file_mapped", kGroupMemoryMapped},
      {"inactive_file", kGroupMemoryInactiveFile},
      {"pgfault", kGroupPageFaults},
      {"pgmajfault", kGroupMajorPageFaults},
      {"kernel", kGroupMemoryKernel},  // 5.18
  };
  // Before there was a sum: what it is the sum of.
  static constexpr StatsKey kKernelParts[] = {
      {"kernel_stack", kGroupMemoryKernel}, {"pagetables", kGroupMemoryKernel},
      {"percpu", kGroupMemoryKernel},       {"slab", kGroupMemoryKernel},
      {"sock", kGroupMemoryKernel},
  };
  ParseKeyed(text, kKeys, row);
  if (std::isnan(row[kGroupMemoryKernel])) ParseKeyed(text, kKernelParts, row);
}

// "total_" is with the groups below.
void MemoryStatV1(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {
      {"total_rss", kGroupMemoryAnon},           {"total_cache", kGroupMemoryFile},
      {"total_swap", kGroupMemorySwap},          {"total_shmem", kGroupMemoryShmem},
      {"total_mapped_file", kGroupMemoryMapped}, {"total_inactive_file", kGroupMemoryInactiveFile},
      {"total_pgfault", kGroupPageFaults},       {"total_pgmajfault", kGroupMajorPageFaults},
  };
  ParseKeyed(text, kKeys, row);
}

void IoStat(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {
      {"rbytes", kGroupIoReadBytes},
      {"wbytes", kGroupIoWrittenBytes},
      {"rios", kGroupIoReads},
      {"wios", kGroupIoWrites},
  };
  ParseIoStat(text, kKeys, row);
}

void BlkioBytes(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {{"Read", kGroupIoReadBytes},
                                       {"Write", kGroupIoWrittenBytes}};
  ParseBlkio(text, kKeys, row);
}

void BlkioCounts(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {{"Read", kGroupIoReads}, {"Write", kGroupIoWrites}};
  ParseBlkio(text, kKeys, row);
}

// A file that the group's hierarchies do not have is looked for once. The v2 names come first: on
// a hybrid host they give what needs no controller, and v1 the rest.
constexpr std::array<GroupStatsFile, kGroupStatsFiles> kFiles = {{
    {kV2, kPartCpu, "cpu.stat", CpuStat},
    // The file of v2 has these without any controller, and finer.
    {kCpuacct, kPartCpu, "cpuacct.usage", CpuacctUsage, kGroupCpuUsageUs},
    {kCpuacct, kPartCpu, "cpuacct.stat", CpuacctStat, kGroupCpuUserUs},
    {kCpu, kPartCpu, "cpu.stat", CpuStatV1},
    {kV2, kPartMemory, "memory.current", ParseInto<kGroupMemoryCurrent>},
    {kV2, kPartMemory, "memory.peak", ParseInto<kGroupMemoryPeak>},  // 5.19
    {kV2, kPartMemory, "memory.swap.current", ParseInto<kGroupMemorySwap>},
    {kV2, kPartMemory | kPartOom, "memory.events", MemoryEvents},
    {kMemory, kPartMemory, "memory.usage_in_bytes", ParseInto<kGroupMemoryCurrent>},
    {kMemory, kPartMemory, "memory.max_usage_in_bytes", ParseInto<kGroupMemoryPeak>},
    {kMemory, kPartMemory | kPartOom, "memory.oom_control", OomControl},
    {kV2, kPartPids, "pids.current", ParseInto<kGroupPids>},
    {kPids, kPartPids, "pids.current", ParseInto<kGroupPids>},
    {kV2, kPartIo, "io.stat", IoStat},
    {kBlkio, kPartIo, "blkio.throttle.io_service_bytes_recursive", BlkioBytes},
    {kBlkio, kPartIo, "blkio.throttle.io_serviced_recursive", BlkioCounts},
    {kV2, kPartMemoryDetail, "memory.stat", MemoryStat},
    {kMemory, kPartMemoryDetail, "memory.stat", MemoryStatV1},
    {kMemory, kPartMemoryDetail, "memory.kmem.usage_in_bytes", ParseInto<kGroupMemoryKernel>},
    {kMemory, kPartMemoryDetail, "memory.failcnt", ParseInto<kGroupMemoryMaxEvents>},
    {kV2, kPartPressure, "cpu.pressure", ParsePressureInto<kGroupCpuPressure>},
    {kV2, kPartPressure, "memory.pressure", ParsePressureInto<kGroupMemoryPressure>},
    {kV2, kPartPressure, "io.pressure", ParsePressureInto<kGroupIoPressure>},
}};

}  // namespace

std::span<const GroupStatsFile, kGroupStatsFiles> GroupStatsFiles() { return kFiles; }

}  // namespace raw_exec
