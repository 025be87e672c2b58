#include "options.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <string_view>

namespace raw_exec::keeper {
namespace {

constexpr char kUsage[] =
    "usage: raw-exec-keeper [keeper] --state DIR [--foreground] [--supervised] [--ready-fd N]";

Complaint Misuse(const std::string& what) { return {ExitCode::usage, what + "\n" + kUsage}; }

// The keeper leaves the directory it was started in.
Complaint MakeAbsolute(std::string* path) {
  if (path->front() == '/') return {};
  char here[PATH_MAX];
  if (getcwd(here, sizeof(here)) == nullptr) return Failure("find the current directory", errno);
  *path = std::string(here) + "/" + *path;
  return {};
}

Complaint ReadDescriptor(const std::string& name, std::string_view text, int* fd) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *fd);
  if (error != std::errc() || end != text.data() + text.size() || *fd < 3) {
    return Misuse(name + " needs the number of an open descriptor above 2, not \"" +
                  std::string(text) + "\"");
  }
  if (fcntl(*fd, F_GETFD) < 0) return Failure("use " + name + " " + std::string(text), errno);
  return {};
}

}  // namespace

Complaint ReadOptions(int argc, char** argv, Options* options) {
  int at = argc > 0 && std::strcmp(argv[0], "keeper") == 0 ? 1 : 0;
  for (; at < argc; ++at) {
    const std::string_view name = argv[at];
    if (name == "--foreground") {
      options->is_foreground = true;
      continue;
    }
    if (name == "--supervised") {
      options->is_supervised = true;
      continue;
    }
    if (name != "--state" && name != "--ready-fd" && name != "--handover") {
      return Misuse("unknown argument \"" + std::string(name) + "\"");
    }
    if (++at == argc) return Misuse(std::string(name) + " needs a value");
    if (name == "--state") {
      options->state = argv[at];
      continue;
    }
    int* const fd = name == "--ready-fd" ? &options->ready_fd : &options->handover_fd;
    if (Complaint bad = ReadDescriptor(std::string(name), argv[at], fd)) return bad;
  }
  if (options->state.empty()) return Misuse("--state needs a directory");
  return MakeAbsolute(&options->state);
}

}  // namespace raw_exec::keeper
