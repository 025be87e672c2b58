#include "group_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr size_t kLargestFile = size_t{64} * 1024;

UniqueFd OpenFile(const char* path, int access) {
  for (;;) {
    UniqueFd fd(open(path, access | O_CLOEXEC));
    if (fd || errno != EINTR) return fd;
  }
}

}  // namespace

int WriteGroupFile(const char* path, std::string_view value) {
  const UniqueFd fd = OpenFile(path, O_WRONLY);
  if (!fd) return errno;
  for (;;) {
    // An empty write reaches no handler of cgroupfs; a newline says the same, "nothing".
    const ssize_t written =
        value.empty() ? write(fd.get(), "\n", 1) : write(fd.get(), value.data(), value.size());
    if (written >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

int ReadGroupFile(const char* path, std::string* value) {
  value->clear();
  const UniqueFd fd = OpenFile(path, O_RDONLY);
  if (!fd) return errno;
  char buffer[4096];
  while (value->size() < kLargestFile) {
    const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    value->append(buffer, static_cast<size_t>(got));
  }
  if (!value->empty() && value->back() == '\n') value->pop_back();
  return 0;
}

WriteOutcome WriteGroupFiles(const std::vector<std::string_view>& pairs) {
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    // Views of a block whose strings end in NUL.
    const int error = WriteGroupFile(pairs[i].data(), pairs[i + 1]);
    if (error != 0) return {error, i / 2};
  }
  return {};
}

void WarmGroupFiles(const std::vector<std::string_view>& paths) {
  for (const std::string_view path : paths) {
    const UniqueFd ignored(open(path.data(), O_WRONLY | O_CLOEXEC));
    if (!ignored) const UniqueFd read_only(open(path.data(), O_RDONLY | O_CLOEXEC));
  }
}

}  // namespace raw_exec
