#include "messages.h"

#include <memory>

namespace raw_exec::keeper {

wire::MessageWriter NewMessage(uint16_t kind, uint64_t request) {
  static const std::unique_ptr<char[]> buffer =
      std::make_unique_for_overwrite<char[]>(wire::kMaxMessage);
  return wire::MessageWriter(buffer.get(), wire::kMaxMessage, kind, request);
}

wire::Failed Because(wire::Reason reason, int error) {
  wire::Failed failed = {};
  failed.error = error;
  failed.reason = static_cast<int32_t>(reason);
  failed.step = -1;
  failed.detail = -1;
  return failed;
}

}  // namespace raw_exec::keeper
