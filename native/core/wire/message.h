// What every message on a socket of the keeper has in common. All sockets are SOCK_SEQPACKET, so a
// message arrives whole or not at all.
//
// A message is a Frame, the fixed part of its kind (a struct of client_messages.h,
// holder_messages.h or pump_messages.h), then that kind's texts, each as a uint32_t size and the
// bytes, in the order in which the struct's comment names them. Numbers are of this machine's byte
// order: both ends are on one host. Descriptors travel as one SCM_RIGHTS with the message that they
// belong to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace raw_exec::wire {

inline constexpr uint32_t kMagic = 0x4b455845;  // "EXEK"
// Raised with every change of a struct that both ends read. It stands in a file of its own, so that
// tests can have keepers of other versions. What two versions say to each other, for the newer one
// to take the older one's place, never changes: Frame, `hello`, `upgrade` and `failed` of clients,
// `attach`, `upgrade` and `failed` of holders, and handover.h of native/keeper.
extern const uint16_t kProtocol;

inline constexpr size_t kMaxMessage = size_t{64} * 1024;  // below the least net.core.wmem_default
inline constexpr int kMaxDescriptors = 72;
inline constexpr size_t kMaxTaskId = 512;
inline constexpr size_t kMaxPath = 4096;
// What the supervisor keeps with a task, for itself: opaque here, given back with every record.
inline constexpr size_t kMaxAttachment = size_t{32} * 1024;
inline constexpr int kMaxV1Groups = 16;
inline constexpr int kMaxSteps = 16;

struct Frame {
  uint32_t size;  // of the whole message
  uint16_t kind;
  uint16_t unused;
  uint64_t request;  // chosen by who asks, repeated in the answer; 0 in what was not asked for
};
static_assert(sizeof(Frame) == 16);

}  // namespace raw_exec::wire
