#include "log_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace raw_exec {

LogFailure LogFiles::Open() {
  if (LogFailure failure = directory_->List(name_, &older_)) return failure;
  if (older_.empty()) return Begin(0);
  const uint64_t newest = older_.back();
  bool is_ours = false;
  if (LogFailure failure = directory_->OpenOld(Entry(newest), owner_, &fd_, &is_ours)) {
    return failure;
  }
  if (!is_ours) return Begin(newest + 1);
  older_.pop_back();
  number_ = newest;
  struct stat info = {};
  if (fstat(fd_.get(), &info) != 0) return {errno, wire::PumpRefusal::open, Entry(newest)};
  size_ = info.st_size;
  KeepAtMost(limits_.max_files - 1);
  return {};
}

LogFailure LogFiles::Begin(uint64_t number) {
  // Room first, where there is one to spare: on a full disk it is what the new file needs.
  KeepAtMost(std::max<int64_t>(limits_.max_files - 1, 1));
  UniqueFd file;
  if (LogFailure failure = directory_->Create(Entry(number), owner_, &file)) return failure;
  fd_ = std::move(file);
  number_ = number;
  size_ = 0;
  KeepAtMost(limits_.max_files - 1);
  return {};
}

int LogFiles::Settle() {
  struct stat info = {};
  if (fstat(fd_.get(), &info) != 0) return errno;
  if (info.st_nlink == 0) return Rotate();
  if (info.st_size < size_) ++truncations_;
  size_ = info.st_size;
  return 0;
}

int LogFiles::Rotate() {
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

int LogFiles::Keep(int error) {
  older_.pop_back();
  return error;
}

bool LogFiles::EndsLine() const {
  if (size_ == 0) return true;
  char last = '\n';
  (void)!pread(fd_.get(), &last, 1, size_ - 1);
  return last == '\n';
}

void LogFiles::KeepAtMost(int64_t count) {
  // An entry that cannot be removed is no file of ours: it is not counted again.
  while (static_cast<int64_t>(older_.size()) > count) {
    (void)directory_->Remove(Entry(older_.front()));
    older_.erase(older_.begin());
  }
}

}  // namespace raw_exec
