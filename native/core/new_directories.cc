#include "new_directories.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace raw_exec {
namespace {

int Make(const NewDirectory& wanted) {
  if (mkdir(wanted.path.c_str(), 0700) != 0) return errno;
  if (wanted.owner.has_value() &&
      lchown(wanted.path.c_str(), wanted.owner->uid, wanted.owner->gid) != 0) {
    return errno;
  }
  return chmod(wanted.path.c_str(), wanted.mode) == 0 ? 0 : errno;
}

}  // namespace

NewDirectoriesOutcome MakeDirectories(const std::vector<NewDirectory>& directories) {
  for (size_t i = 0; i < directories.size(); ++i) {
    if (const int error = Make(directories[i]); error != 0) return {error, i};
  }
  return {};
}

}  // namespace raw_exec
