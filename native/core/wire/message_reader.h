// Takes a message apart without trusting it. After the first part that is not there every further
// one is refused, so whoever reads asks once, at the end, whether all was well.
#pragma once

#include <cstring>
#include <string_view>
#include <type_traits>

#include "message.h"

namespace raw_exec::wire {

class MessageReader {
 public:
  MessageReader(const char* bytes, size_t size) : bytes_(bytes), size_(size) {
    is_good_ = Take(&frame_) && frame_.size == size && frame_.unused == 0;
  }

  const Frame& frame() const { return frame_; }

  // Into *part, which is left as it was when the message has ended before.
  template <typename Part>
  bool Take(Part* part) {
    static_assert(std::is_trivially_copyable_v<Part>);
    if (!is_good_ || size_ - used_ < sizeof(*part)) return is_good_ = false;
    std::memcpy(part, bytes_ + used_, sizeof(*part));
    used_ += sizeof(*part);
    return true;
  }

  // A view of the message's own bytes, at most `limit` of them.
  bool TakeText(std::string_view* text, size_t limit) {
    uint32_t length = 0;
    if (!Take(&length)) return false;
    if (length > limit || length > size_ - used_) return is_good_ = false;
    *text = std::string_view(bytes_ + used_, length);
    used_ += length;
    return true;
  }

  // The same for what becomes a path or a name: it must hold no NUL byte.
  bool TakePath(std::string_view* text, size_t limit = kMaxPath - 1) {
    if (!TakeText(text, limit)) return false;
    return is_good_ = text->find('\0') == std::string_view::npos;
  }

  // What has not been taken yet.
  std::string_view Rest() const { return std::string_view(bytes_ + used_, size_ - used_); }

  bool is_good() const { return is_good_; }
  // All was there, and nothing besides.
  bool IsComplete() const { return is_good_ && used_ == size_; }

 private:
  const char* bytes_;
  size_t size_;
  size_t used_ = 0;
  bool is_good_ = true;
  Frame frame_ = {};
};

}  // namespace raw_exec::wire
