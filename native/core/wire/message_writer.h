// Puts a message together, in memory of the caller's. What does not fit is left out and told at the
// end: a message is sent whole or not at all.
#pragma once

#include <cstring>
#include <string_view>
#include <type_traits>

#include "message.h"

namespace raw_exec::wire {

class MessageWriter {
 public:
  MessageWriter(char* buffer, size_t capacity, uint16_t kind, uint64_t request)
      : buffer_(buffer), capacity_(capacity) {
    Put(Frame{0, kind, 0, request});
  }

  template <typename Part>
  MessageWriter& Put(const Part& part) {
    static_assert(std::is_trivially_copyable_v<Part>);
    return PutBytes(&part, sizeof(part));
  }

  MessageWriter& PutText(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    return PutBytes(text.data(), text.size());
  }

  // Parts that are laid out already.
  MessageWriter& PutRaw(std::string_view parts) { return PutBytes(parts.data(), parts.size()); }

  bool fits() const { return !has_overflown_; }

  // The message; empty when it did not fit.
  std::string_view View() {
    const size_t size = Finish();
    return std::string_view(buffer_, size);
  }

  // The size of the message; 0 when it did not fit.
  size_t Finish() {
    if (has_overflown_) return 0;
    const uint32_t size = static_cast<uint32_t>(used_);
    std::memcpy(buffer_, &size, sizeof(size));
    return used_;
  }

 private:
  MessageWriter& PutBytes(const void* bytes, size_t size) {
    if (has_overflown_ || size > capacity_ - used_) {
      has_overflown_ = true;
      return *this;
    }
    if (size > 0) std::memcpy(buffer_ + used_, bytes, size);
    used_ += size;
    return *this;
  }

  char* buffer_;
  size_t capacity_;
  size_t used_ = 0;
  bool has_overflown_ = false;
};

}  // namespace raw_exec::wire
