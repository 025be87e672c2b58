// A JavaScript string as bytes in a buffer that is used again for the next one.
#pragma once

#include <node_api.h>

#include <vector>

namespace raw_exec::addon {

class TextBlock {
 public:
  // Copies a string as UTF-8. False when the value is no string.
  bool Read(napi_env env, napi_value value);

  // Splits at NULs into `count` strings; false when there are not exactly that many. An empty block
  // is one empty string, or none when none is asked for.
  bool Split(int32_t count);

  const char* text() const { return bytes_.data(); }
  size_t length() const { return length_; }
  // The strings of Split, closed by a null pointer.
  char** strings() { return strings_.data(); }

 private:
  std::vector<char> bytes_ = std::vector<char>(4096);
  size_t length_ = 0;
  std::vector<char*> strings_;
};

}  // namespace raw_exec::addon
