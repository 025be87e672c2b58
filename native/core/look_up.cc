#include "look_up.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace raw_exec {

int LookUp(std::string_view command, std::string_view path, std::string_view cwd,
           std::string* found) {
  if (command.empty()) return ENOENT;
  int error = ENOENT;
  std::string candidate;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string_view element = path.substr(at, end - at);
    at = end + 1;
    candidate.clear();
    if (element.empty() || element.front() != '/') {
      candidate.assign(cwd.empty() ? std::string_view(".") : cwd);
      candidate += '/';
    }
    candidate.append(element);
    if (candidate.empty() || candidate.back() != '/') candidate += '/';
    candidate.append(command);
    if (access(candidate.c_str(), X_OK) != 0) {
      if (errno == EACCES) error = EACCES;
      continue;
    }
    // Not stat(2): glibc 2.33 gave it a new version, statx(2) is what 2.28 has as well.
    struct statx status = {};
    if (statx(AT_FDCWD, candidate.c_str(), 0, STATX_TYPE, &status) == 0 &&
        S_ISREG(status.stx_mode)) {
      *found = std::move(candidate);
      return 0;
    }
    error = EACCES;
  }
  return error;
}

}  // namespace raw_exec
