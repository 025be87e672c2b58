#include "small_file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "../../native/core/unique_fd.h"

namespace raw_exec::test {
namespace {

// Whether a command of the system did what it should.
bool Does(const std::string& command) {
  const int status = std::system((command + " >/dev/null 2>&1").c_str());  // NOLINT(cert-env33-c)
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

SmallFileSystem::SmallFileSystem(const std::string& at, size_t bytes, int entries) : at_(at) {
  std::filesystem::create_directory(at);
  // The directory itself is one as well.
  const std::string inodes = entries == 0 ? "" : ",nr_inodes=" + std::to_string(entries + 1);
  const std::string options = "size=" + std::to_string(bytes) + inodes;
  if (mount("raw-exec-test", at.c_str(), "tmpfs", 0, options.c_str()) != 0) {
    problem_ = "no tmpfs can be mounted here: " + std::string(std::strerror(errno));
  }
}

SmallFileSystem::~SmallFileSystem() {
  EXPECT_TRUE(!problem_.empty() || umount2(at_.c_str(), MNT_DETACH) == 0) << std::strerror(errno);
}

FreezableFileSystem::FreezableFileSystem(const std::string& at) : at_(at), image_(at + ".image") {
  std::filesystem::create_directory(at);
  const UniqueFd image(open(image_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  constexpr off_t kSize = off_t{32} * 1024 * 1024;
  if (!image || ftruncate(image.get(), kSize) != 0) {
    problem_ = "no image can be written";
  } else if (!Does("mkfs.ext4 -q -F " + image_)) {
    problem_ = "no ext4 can be made here";
  } else if (!Does("mount -o loop " + image_ + " " + at_)) {
    problem_ = "no loop device can be mounted here";
  } else if (!Freeze() || !Thaw()) {
    problem_ = "a file system cannot be frozen here";
  }
}

FreezableFileSystem::~FreezableFileSystem() {
  EXPECT_TRUE(!is_frozen_ || Thaw());
  (void)umount2(at_.c_str(), MNT_DETACH);
}

bool FreezableFileSystem::Freeze() {
  const UniqueFd fd(open(at_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ioctl(fd.get(), FIFREEZE, 0) != 0) return false;
  return is_frozen_ = true;
}

bool FreezableFileSystem::Thaw() {
  const UniqueFd fd(open(at_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ioctl(fd.get(), FITHAW, 0) != 0) return false;
  is_frozen_ = false;
  return true;
}

}  // namespace raw_exec::test
