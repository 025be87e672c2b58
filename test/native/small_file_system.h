// File systems of a test's own, in loop files or in memory: small, full, frozen.
#pragma once

#include <cstddef>
#include <string>

namespace raw_exec::test {

// A tmpfs of so many bytes at `at`, until it goes; for at most so many entries, 0 for any number.
class SmallFileSystem {
 public:
  SmallFileSystem(const std::string& at, size_t bytes, int entries = 0);
  ~SmallFileSystem();
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;

  // Why there is none; "" when there is.
  const std::string& problem() const { return problem_; }

 private:
  std::string at_;
  std::string problem_;
};

// An ext4 in a file, which can be frozen: every write to it then waits in the kernel.
class FreezableFileSystem {
 public:
  explicit FreezableFileSystem(const std::string& at);
  ~FreezableFileSystem();  // thaws it first
  FreezableFileSystem(const FreezableFileSystem&) = delete;
  FreezableFileSystem& operator=(const FreezableFileSystem&) = delete;

  const std::string& problem() const { return problem_; }
  bool Freeze();
  bool Thaw();

 private:
  std::string at_;
  std::string image_;
  std::string problem_;
  bool is_frozen_ = false;
};

}  // namespace raw_exec::test
