// What a process tells the program that takes its place (docs/decisions/upgrade.md): the same
// process by another executable, so that its children stay its own.
//
// It lies in a sealed memfd: a wire::Frame whose `kind` is the part and whose `request` is
// kHandoverVersion, then a HandoverHead, then what the part has to say (keeper_handover.h,
// holder_handover.h). Frame and head never change; the rest only with kHandoverVersion. Whoever
// cannot read a version says no in its trial, and the old program goes on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "../core/unique_fd.h"
#include "../core/wire/message.h"
#include "../core/wire/message_reader.h"
#include "complaint.h"

namespace raw_exec::keeper {

inline constexpr uint64_t kHandoverVersion = 1;

enum class HandoverPart : uint16_t { keeper = 1, holder = 2 };

struct HandoverHead {
  uint32_t magic;     // wire::kMagic
  uint16_t protocol;  // of the one that hands over
  uint16_t unused;
};

class HandoverWriter {
 public:
  explicit HandoverWriter(HandoverPart part);

  template <typename Part>
  HandoverWriter& Put(const Part& part) {
    static_assert(std::is_trivially_copyable_v<Part>);
    bytes_.append(reinterpret_cast<const char*>(&part), sizeof(part));
    return *this;
  }
  HandoverWriter& PutText(std::string_view text);

  // Sealed; invalid with errno set.
  UniqueFd Finish();

 private:
  std::string bytes_;
};

// The bytes of a hand-over for this part, by a version that this one follows. `*reader` is then
// behind the head and reads from `*bytes`.
Complaint ReadHandover(int memfd, HandoverPart part, std::string* bytes,
                       wire::MessageReader* reader);

// What a part says when there is something in it that it cannot read.
Complaint UnreadableHandover(const std::string& what);

}  // namespace raw_exec::keeper
