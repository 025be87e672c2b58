#include "complaint.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace raw_exec::keeper {

Complaint Failure(const std::string& action, int error, ExitCode code) {
  return {code, "cannot " + action + ": " + std::strerror(error)};
}

void Print(const Complaint& complaint) {
  const std::string line = "raw-exec-keeper: " + complaint.text + "\n";
  ssize_t written = 0;
  do {
    written = write(STDERR_FILENO, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
}

}  // namespace raw_exec::keeper
