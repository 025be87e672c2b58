// The numbers that src/native/ and the addon have in common. A test holds the two lists against
// each other.
#pragma once

#include <cstddef>
#include <cstdint>

namespace raw_exec::addon {

enum RequestSlot : size_t {
  kRequestFlags = 0,
  kRequestProcessGroup = 1,
  kRequestOomScoreAdj = 2,
  kRequestParentDeathSignal = 3,
  kRequestExecDeadlineMs = 4,
  kRequestArgc = 5,
  kRequestEnvc = 6,
  kRequestStdioCount = 7,
  kRequestHeldCgroup = 8,
  kRequestHeldCgroupEvents = 9,
  kRequestStdio = 10,
};

enum RequestFlag : int32_t {
  kNewSession = 1,
  kOomScoreAdj = 2,
  kNoNewPrivs = 4,
  kReferenced = 8,
  kControllingTerminal = 16,
  kGroupIsChecked = 32,
  kKillsGroupAtExit = 64,
};

enum StdioKind : int32_t {
  kIgnore = -1,
  kPipeIn = -2,
  kPipeOut = -3,
  kFile = -4,
  kClosed = -5,
  kLogged = -6,
};

enum ResultSlot : size_t {
  kResultErrno = 0,
  kResultStep = 1,
  kResultFailureFlags = 2,
  kResultDetail = 3,
  kResultPid = 4,
  kResultPath = 5,
  kResultControl = 6,
  kResultReaperPid = 7,
  kResultPipes = 8,
};

enum ExitColumn : size_t {
  kExitHandle = 0,
  kExitCode = 1,
  kExitSignal = 2,
  kExitCoreDumped = 3,
  kExitUserCpuMs = 4,
  kExitSystemCpuMs = 5,
  kExitMaxRssBytes = 6,
  kExitStartedMonotonicMs = 7,
  kExitExitedMonotonicMs = 8,
  kExitWaitErrno = 9,
};

inline constexpr size_t kExitColumns = 10;
inline constexpr size_t kExitBatch = 256;

// What `spawn` returns besides a handle.
inline constexpr int32_t kSpawnFailed = -1;
inline constexpr int32_t kBlockMismatch = -2;

}  // namespace raw_exec::addon
