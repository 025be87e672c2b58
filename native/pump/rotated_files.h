// The files NAME.0, NAME.1, ... of one stream: the newest is open, the oldest are removed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log_directory.h"

namespace raw_exec {

struct FileLimits {
  int32_t max_files;  // >= 1
  int64_t max_size;   // >= 1
};

class RotatedFiles {
 public:
  RotatedFiles(std::shared_ptr<LogDirectory> directory, std::string name, FileOwner owner,
               FileLimits limits)
      : directory_(std::move(directory)), name_(std::move(name)), owner_(owner), limits_(limits) {}

  // Goes on in the newest file, or begins a first one.
  LogFailure Open();

  // To be called before each write: the size is what the file has now, whoever changed it. A file
  // that was deleted is followed by a new one. Returns errno.
  int Settle();

  // Begins the next file. Returns errno; then the present one is still the newest.
  int Rotate();

  // Whether the next byte begins a line. A file that cannot be read counts as if it did.
  bool EndsLine() const;

  int fd() const { return fd_.get(); }
  int64_t size() const { return size_; }
  int64_t room() const { return limits_.max_size - size_; }  // below 0: it is larger
  void Grown(int64_t count) { size_ += count; }
  uint64_t truncations() const { return truncations_; }
  uint64_t rotations() const { return rotations_; }

 private:
  std::string Entry(uint64_t number) const { return name_ + "." + std::to_string(number); }
  LogFailure Begin(uint64_t number);
  int Keep(int error);  // the present file, after a rotation that came to nothing
  void FindStart();
  int64_t EndOf(uint64_t number) const;
  void KeepAtMost(int64_t count);  // of the older ones

  std::shared_ptr<LogDirectory> directory_;
  std::string name_;
  FileOwner owner_;
  FileLimits limits_;
  UniqueFd fd_;
  uint64_t number_ = 0;
  int64_t size_ = 0;
  int64_t start_ = 0;  // how much of the stream stands in files before this one; -1: unknown
  std::vector<uint64_t> older_;  // numbers of the files before this one, ascending
  uint64_t truncations_ = 0;
  uint64_t rotations_ = 0;
};

}  // namespace raw_exec
