#include "log_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

namespace raw_exec {
namespace {

using wire::PumpRefusal;

// Also exact as a number of JavaScript.
constexpr uint64_t kMaxNumber = uint64_t{1} << 53U;

// The number of an entry NAME.N, written as we write it: no sign, no leading zero.
bool ReadNumber(std::string_view entry, std::string_view name, uint64_t* number) {
  if (entry.size() < name.size() + 2 || entry.substr(0, name.size()) != name) return false;
  if (entry[name.size()] != '.') return false;
  const std::string_view digits = entry.substr(name.size() + 1);
  if (digits.size() > 1 && digits[0] == '0') return false;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, *number);
  return error == std::errc() && stop == end && *number < kMaxNumber;
}

// Without a race that matters: what may have changed since is looked at again, in what was opened.
LogFailure CheckKind(const struct stat& info, const std::string& entry) {
  if (!S_ISREG(info.st_mode)) {
    const int error = S_ISLNK(info.st_mode) ? ELOOP : S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    return {error, PumpRefusal::not_regular, entry};
  }
  if (info.st_nlink > 1) return {EMLINK, PumpRefusal::hard_link, entry};
  return {};
}

}  // namespace

LogFailure LogDirectory::List(std::string_view name, std::vector<uint64_t>* numbers) const {
  numbers->clear();
  // A descriptor of its own: reading a directory moves the descriptor's position.
  UniqueFd fd(openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return {errno, PumpRefusal::list, ""};
  DIR* stream = fdopendir(fd.get());
  if (stream == nullptr) return {errno, PumpRefusal::list, ""};
  (void)fd.Release();
  int error = 0;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream);
    if (entry == nullptr) {
      error = errno;
      break;
    }
    uint64_t number = 0;
    if (ReadNumber(entry->d_name, name, &number)) numbers->push_back(number);
  }
  closedir(stream);
  if (error != 0) return {error, PumpRefusal::list, ""};
  std::sort(numbers->begin(), numbers->end());
  return {};
}

LogFailure LogDirectory::OpenOld(const std::string& entry, const FileOwner& owner, UniqueFd* file,
                                 bool* is_ours) const {
  *is_ours = false;
  struct stat info = {};
  // First by its name: to open a device may already do something.
  if (fstatat(fd_.get(), entry.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return {errno, PumpRefusal::open, entry};
  }
  if (LogFailure failure = CheckKind(info, entry)) return failure;
  // A pump that was killed between making a file and giving it away leaves an empty one of its own.
  const bool is_unfinished = info.st_uid == geteuid() && info.st_size == 0;
  if (info.st_uid != owner.uid && !is_unfinished) return {};
  UniqueFd fd(openat(fd_.get(), entry.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY));
  if (!fd) return {errno, PumpRefusal::open, entry};
  struct stat opened = {};
  if (fstat(fd.get(), &opened) != 0) return {errno, PumpRefusal::open, entry};
  if (LogFailure failure = CheckKind(opened, entry)) return failure;
  if (opened.st_ino != info.st_ino || opened.st_dev != info.st_dev) {
    return {EAGAIN, PumpRefusal::open, entry};  // replaced while we looked: that is an attack
  }
  if (opened.st_uid != owner.uid && fchown(fd.get(), owner.uid, owner.gid) != 0) {
    return {errno, PumpRefusal::owner, entry};
  }
  *is_ours = true;
  *file = std::move(fd);
  return {};
}

LogFailure LogDirectory::Create(const std::string& entry, const FileOwner& owner,
                                UniqueFd* file) const {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
  UniqueFd fd(openat(fd_.get(), entry.c_str(), kFlags, owner.mode));
  if (!fd) return {errno, PumpRefusal::create, entry};
  struct stat info = {};
  int error = fstat(fd.get(), &info) == 0 ? 0 : errno;
  // A directory with the set-group-ID bit gives its own group.
  const bool is_foreign = info.st_uid != owner.uid || info.st_gid != owner.gid;
  if (error == 0 && is_foreign && fchown(fd.get(), owner.uid, owner.gid) != 0) error = errno;
  if (error != 0) {
    (void)Remove(entry);
    return {error, PumpRefusal::owner, entry};
  }
  *file = std::move(fd);
  return {};
}

bool LogDirectory::Remove(const std::string& entry) const {
  return unlinkat(fd_.get(), entry.c_str(), 0) == 0 || errno == ENOENT;
}

LogFailure LogDirectories::Open(std::string_view path, std::shared_ptr<LogDirectory>* directory) {
  const std::string name(path);
  UniqueFd fd(open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return {errno, PumpRefusal::directory, ""};
  struct stat info = {};
  if (fstat(fd.get(), &info) != 0) return {errno, PumpRefusal::directory, ""};
  if (held_.size() >= look_through_at_) {
    std::erase_if(held_, [](const auto& one) { return one.second.expired(); });
    look_through_at_ = held_.size() * 2 + kFewDirectories;
  }
  std::weak_ptr<LogDirectory>& held =
      held_[std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino)];
  *directory = held.lock();
  if (*directory != nullptr) return {};
  *directory = std::make_shared<LogDirectory>(std::move(fd));
  held = *directory;
  return {};
}

}  // namespace raw_exec
