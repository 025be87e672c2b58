#include "message.h"

// Tests build keepers of the next version and of the one before.
#ifndef RAW_EXEC_PROTOCOL_OFFSET
#define RAW_EXEC_PROTOCOL_OFFSET 0
#endif

namespace raw_exec::wire {

const uint16_t kProtocol = 4 + RAW_EXEC_PROTOCOL_OFFSET;

}  // namespace raw_exec::wire
