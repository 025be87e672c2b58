// A small file that is replaced as a whole: whoever reads it finds what was there before or what
// is there now, and nothing in between, whenever the writer is killed.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace raw_exec {

enum class Durability {
  process,  // it outlives this process
  power,    // and a loss of power, with its name
};

// Written beside it, under its name with `.new` behind it, and moved there. 0 or a positive errno;
// what was there before is then still there.
[[nodiscard]] int ReplaceFile(const std::string& path, std::string_view bytes, mode_t mode,
                              Durability durability);

}  // namespace raw_exec
