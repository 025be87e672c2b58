// A directory of log files that is held open: whoever moves it away or puts another in its place
// moves no log elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../core/unique_fd.h"
#include "../core/wire/pump_messages.h"

namespace raw_exec {

// What went wrong with which entry.
struct LogFailure {
  int error = 0;  // positive errno; 0: nothing
  wire::PumpRefusal refusal = wire::PumpRefusal::none;
  std::string entry;

  explicit operator bool() const { return error != 0; }
};

struct FileOwner {
  uint32_t mode;
  uint32_t uid;
  uint32_t gid;
};

class LogDirectory {
 public:
  explicit LogDirectory(UniqueFd fd) : fd_(std::move(fd)) {}

  // The numbers N of the entries NAME.N, ascending.
  LogFailure List(std::string_view name, std::vector<uint64_t>* numbers) const;

  // Opens a log file that was written before, for reading and writing. It must be a regular file
  // without another name. *is_ours is whether `owner` may write on in it; if not, no file is
  // opened.
  LogFailure OpenOld(const std::string& entry, const FileOwner& owner, UniqueFd* file,
                     bool* is_ours) const;

  // Makes an entry that is not there, EEXIST otherwise, and gives it to its owner.
  LogFailure Create(const std::string& entry, const FileOwner& owner, UniqueFd* file) const;

  // Whether the entry is gone, or was not there.
  bool Remove(const std::string& entry) const;

 private:
  UniqueFd fd_;
};

// The directories that are held, so that the streams of one share its descriptor.
class LogDirectories {
 public:
  LogFailure Open(std::string_view path, std::shared_ptr<LogDirectory>* directory);

 private:
  static constexpr size_t kFewDirectories = 64;
  std::unordered_map<std::string, std::weak_ptr<LogDirectory>> held_;  // by device and inode
  size_t look_through_at_ = kFewDirectories;  // size at which those let go of are taken out
};

}  // namespace raw_exec
