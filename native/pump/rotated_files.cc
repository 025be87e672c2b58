#include "rotated_files.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace raw_exec {
namespace {

// How much of the stream stands in the files before: whoever reads a log knows by it what is
// missing when files are gone. Only told where the file system has such attributes.
constexpr char kStart[] = "user.raw-exec.start";

void TellStart(int fd, int64_t start) {
  const std::string text = std::to_string(start);
  if (start >= 0) (void)fsetxattr(fd, kStart, text.data(), text.size(), 0);
}

int64_t ReadStart(int fd) {
  char text[32] = {};
  if (fgetxattr(fd, kStart, text, sizeof(text) - 1) <= 0) return -1;
  char* end = nullptr;
  const long long start = std::strtoll(text, &end, 10);
  return *end == '\0' && start >= 0 ? start : -1;
}

}  // namespace

LogFailure RotatedFiles::Open() {
  if (LogFailure failure = directory_->List(name_, &older_)) return failure;
  if (older_.empty()) return Begin(0);
  const uint64_t newest = older_.back();
  bool is_ours = false;
  if (LogFailure failure = directory_->OpenOld(Entry(newest), owner_, &fd_, &is_ours)) {
    return failure;
  }
  if (!is_ours) {
    start_ = -1;
    return Begin(newest + 1);
  }
  older_.pop_back();
  number_ = newest;
  struct stat info = {};
  if (fstat(fd_.get(), &info) != 0) return {errno, wire::PumpRefusal::open, Entry(newest)};
  size_ = info.st_size;
  FindStart();
  KeepAtMost(limits_.max_files - 1);
  return {};
}

void RotatedFiles::FindStart() {
  start_ = ReadStart(fd_.get());
  if (start_ >= 0 || size_ > 0) return;
  // A pump may have been killed before it could tell.
  if (number_ == 0) start_ = 0;
  if (!older_.empty()) start_ = EndOf(older_.back());
  TellStart(fd_.get(), start_);
}

// How much of the stream stands in the files up to this one; -1: unknown.
int64_t RotatedFiles::EndOf(uint64_t number) const {
  UniqueFd file;
  bool is_ours = false;
  if (directory_->OpenOld(Entry(number), owner_, &file, &is_ours) || !is_ours) return -1;
  struct stat info = {};
  const int64_t start = ReadStart(file.get());
  return start >= 0 && fstat(file.get(), &info) == 0 ? start + info.st_size : -1;
}

LogFailure RotatedFiles::Begin(uint64_t number) {
  // Room first, where there is one to spare: on a full disk it is what the new file needs.
  KeepAtMost(std::max<int64_t>(limits_.max_files - 1, 1));
  UniqueFd file;
  if (LogFailure failure = directory_->Create(Entry(number), owner_, &file)) return failure;
  if (fd_ && start_ >= 0) start_ += size_;
  TellStart(file.get(), start_);
  fd_ = std::move(file);
  number_ = number;
  size_ = 0;
  KeepAtMost(limits_.max_files - 1);
  return {};
}

int RotatedFiles::Settle() {
  struct stat info = {};
  if (fstat(fd_.get(), &info) != 0) return errno;
  if (info.st_size < size_) ++truncations_;
  size_ = info.st_size;
  return info.st_nlink == 0 ? Rotate() : 0;
}

int RotatedFiles::Rotate() {
  constexpr int kTries = 8;
  older_.push_back(number_);
  LogFailure failure = Begin(number_ + 1);
  // A name that somebody has taken is left to them, whatever it is.
  for (int i = 0; failure.error == EEXIST && i < kTries; ++i) {
    std::vector<uint64_t> taken;
    if (LogFailure listing = directory_->List(name_, &taken)) return Keep(listing.error);
    failure = Begin(std::max(number_, taken.empty() ? 0 : taken.back()) + 1);
  }
  if (failure) return Keep(failure.error);
  ++rotations_;
  return 0;
}

int RotatedFiles::Keep(int error) {
  older_.pop_back();
  return error;
}

bool RotatedFiles::EndsLine() const {
  if (size_ == 0) return true;
  char last = '\n';
  (void)!pread(fd_.get(), &last, 1, size_ - 1);
  return last == '\n';
}

void RotatedFiles::KeepAtMost(int64_t count) {
  // An entry that cannot be removed is no file of ours: it is not counted again.
  while (static_cast<int64_t>(older_.size()) > count) {
    (void)directory_->Remove(Entry(older_.front()));
    older_.erase(older_.begin());
  }
}

}  // namespace raw_exec
