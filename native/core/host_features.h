// What the kernel has that a start does not need: asked for by reports about the host only, so it
// costs no start anything.
#pragma once

#include <cstdint>

namespace raw_exec {

// The bits are part of the boundary: HostFeature in src/native/host.ts.
enum HostFeature : uint32_t {
  kPidfs = 1,          // 6.9: pidfds are files of a file system, with an inode for each process
  kPidfdInfo = 2,      // 6.13: ioctl PIDFD_GET_INFO
  kPidfdInfoExit = 4,  // 6.15: it tells the exit status of a process that has been reaped
  kSoPeerPidfd = 8,    // 6.5
};

// Found by trying, each time it is called: a pidfd, a socket pair and a short-lived child.
uint32_t HostFeatures() noexcept;

}  // namespace raw_exec
