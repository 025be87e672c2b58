// Strings that JavaScript joined with NULs, each closed by a NUL here too, so that a system call
// can take them as they are.
#pragma once

#include <node_api.h>

#include <string>
#include <string_view>
#include <vector>

namespace raw_exec::addon {

class TextList {
 public:
  // False when the value is no string. An empty string is an empty list.
  bool Read(napi_env env, napi_value value);

  const std::vector<std::string_view>& views() const { return views_; }
  std::vector<std::string> Copies() const { return {views_.begin(), views_.end()}; }

 private:
  // Not a std::string: a short one would move with the list, and leave its views behind.
  std::vector<char> bytes_;
  std::vector<std::string_view> views_;
};

}  // namespace raw_exec::addon
