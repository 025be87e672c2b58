// A plan as one block of bytes for the forker: the SpawnPlan with offsets in place of pointers,
// then what they point to. Both ends are built from the same sources; kWireVersion catches a forker
// of another build.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spawn_plan.h"

namespace raw_exec {

inline constexpr uint32_t kWireVersion = 0x52450003U + sizeof(SpawnPlan);
inline constexpr int kReportSlots = 64;
inline constexpr int kLatePids = 64;
inline constexpr size_t kInlineWireSize = size_t{64} * 1024;

// Descriptors of the forker, given by the one who starts it.
inline constexpr int kForkerSocket = 3;
inline constexpr int kForkerReports = 4;  // memfd of a ForkerMemory

struct ForkerMemory {
  SpawnReport reports[kReportSlots];
  // Children that found their report revoked and ended: the one who started the forker reaps them.
  uint32_t late_count;
  int32_t late_pids[kLatePids];
};

struct WireRequest {
  uint32_t version;
  uint32_t report_slot;
  uint32_t features;  // Feature bits that may be used
  uint32_t blob_size;
  uint32_t blob_in_memfd;  // the blob does not follow: the last descriptor is a memfd that holds it
  uint32_t has_cgroup_fd;  // the second descriptor is the v2 group for CLONE_INTO_CGROUP
  uint32_t fd_count;       // how many were sent: those that exceed RLIMIT_NOFILE do not arrive
};

struct WireReply {
  int32_t pid;  // or minus errno of the clone
  int32_t has_pidfd;
};

// The order of descriptors in a request: report pipe, cgroup (if any), stdio sources, memfd (if
// any).

// In place of a descriptor in a stdio slot: the keeper puts the writing end of a log there.
inline constexpr int32_t kLoggedSlot = -2;

// Writes the plan. In stdio slots, `fd` becomes the index among the stdio descriptors; those that
// are logged come after all others.
class PlanWriter {
 public:
  // With buffer == nullptr only counts.
  PlanWriter(char* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {}
  // Returns the size that the plan needs; it was written if that is at most the capacity.
  size_t Write(const SpawnPlan& plan);

 private:
  size_t Reserve(size_t size, size_t alignment);
  size_t PutBytes(const void* bytes, size_t size, size_t alignment);
  size_t PutString(const char* text);
  size_t PutStrings(char* const* strings, size_t count);

  char* buffer_;
  size_t capacity_;
  size_t used_ = 0;
};

// Turns the offsets of a written plan back into pointers. No libc; the blob comes from our own
// parent and is trusted.
SpawnPlan* RelocatePlan(char* blob) noexcept;

}  // namespace raw_exec
