// A plan as it arrives at an executable without libc: received, its descriptors put in, its report
// pipe out of the way of the child's moves.
#pragma once

#include "clone_raw.h"
#include "plan_wire.h"

namespace raw_exec {

inline constexpr int kMaxDescriptors = kMaxStdio + 3;

struct Received {
  WireRequest request;
  int fds[kMaxDescriptors];
  int fd_count;
};

// Waits for one request; false at the end of the socket.
bool Receive(int socket_fd, Received* received);

// The plan, ready but for `report`; nullptr with a negative errno in `error` when it cannot be
// used. The report pipe of the request is its hold_fd. Valid until CloseRequest.
SpawnPlan* OpenPlan(Received* received, long* error);

// Lets go of all descriptors and of the plan.
void CloseRequest(const Received& received);

// Copies this process, or joins the group of the request, and runs function(argument) in the child.
long ClonePlanned(const Received& received, uint64_t flags, int exit_signal, int32_t* pidfd,
                  ChildFunction function, const void* argument);

// Sends `size` bytes and, unless it is -1, a descriptor.
void SendWithDescriptor(int socket_fd, const void* bytes, unsigned long size, int fd);

}  // namespace raw_exec
