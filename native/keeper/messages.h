// Messages of the keeper's own making.
#pragma once

#include <string_view>

#include "../core/wire/client_messages.h"
#include "../core/wire/message_writer.h"

namespace raw_exec::keeper {

// Writes into one buffer that all share: a message is sent before the next is begun.
wire::MessageWriter NewMessage(uint16_t kind, uint64_t request);

inline wire::MessageWriter NewMessage(wire::ClientKind kind, uint64_t request) {
  return NewMessage(static_cast<uint16_t>(kind), request);
}

// The fixed part of `failed` for all reasons but `spawn`.
wire::Failed Because(wire::Reason reason, int error);

}  // namespace raw_exec::keeper
