#include "text_list.h"

#include <cstring>

namespace raw_exec::addon {

bool TextList::Read(napi_env env, napi_value value) {
  views_.clear();
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  bytes_.resize(length + 1);
  if (napi_get_value_string_utf8(env, value, bytes_.data(), length + 1, &length) != napi_ok) {
    return false;
  }
  for (size_t at = 0; length > 0 && at <= length;) {
    // The NUL behind the last one ends the search.
    const size_t size = std::strlen(bytes_.data() + at);
    views_.emplace_back(bytes_.data() + at, size);
    at += size + 1;
  }
  return true;
}

}  // namespace raw_exec::addon
