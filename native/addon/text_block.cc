#include "text_block.h"

#include <cstring>

namespace raw_exec::addon {

bool TextBlock::Read(napi_env env, napi_value value) {
  constexpr size_t kLongestCharacter = 4;
  for (;;) {
    if (napi_get_value_string_utf8(env, value, bytes_.data(), bytes_.size(), &length_) != napi_ok) {
      return false;
    }
    // A string that was cut ends at most one character before the end of the buffer.
    if (length_ + kLongestCharacter < bytes_.size()) return true;
    size_t needed = 0;
    if (napi_get_value_string_utf8(env, value, nullptr, 0, &needed) != napi_ok) return false;
    if (needed + kLongestCharacter < bytes_.size()) return true;
    bytes_.resize(needed + kLongestCharacter + 1);
  }
}

bool TextBlock::Split(int32_t count) {
  strings_.clear();
  if (count > 0) {
    char* at = bytes_.data();
    char* const end = at + length_;
    for (;;) {
      strings_.push_back(at);
      char* nul = static_cast<char*>(std::memchr(at, '\0', static_cast<size_t>(end - at)));
      if (nul == nullptr) break;
      at = nul + 1;
    }
  } else if (length_ > 0) {
    return false;
  }
  const bool is_right = strings_.size() == static_cast<size_t>(count);
  strings_.push_back(nullptr);
  return is_right;
}

}  // namespace raw_exec::addon
