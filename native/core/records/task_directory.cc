// All files of a task: listed, removed, set aside.
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../unique_fd.h"
#include "task_record.h"

namespace raw_exec {
namespace {

constexpr size_t kSerialDigits = 16;
// The start record first: see RemoveTask.
constexpr const char* kNames[] = {"start",  "start.new", "exit",  "exit.new",
                                  "stdout", "stderr",    "reaper"};

// False when the name is not <16 hex digits>.<rest>.
bool TakeSerial(std::string_view name, uint64_t* serial, std::string_view* rest) {
  if (name.size() < kSerialDigits + 1 || name[kSerialDigits] != '.') return false;
  *serial = 0;
  for (const char digit : name.substr(0, kSerialDigits)) {
    const bool is_decimal = digit >= '0' && digit <= '9';
    if (!is_decimal && (digit < 'a' || digit > 'f')) return false;
    *serial = *serial * 16 + static_cast<uint64_t>(is_decimal ? digit - '0' : digit - 'a' + 10);
  }
  *rest = name.substr(kSerialDigits + 1);
  return true;
}

bool IsOurs(std::string_view rest) {
  return std::find(std::begin(kNames), std::end(kNames), rest) != std::end(kNames);
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

}  // namespace

int RemoveTask(int tasks_fd, uint64_t serial) {
  for (const char* name : kNames) {
    if (unlinkat(tasks_fd, TaskPath(serial, name).get(), 0) == 0 || errno == ENOENT) continue;
    return errno;
  }
  return 0;
}

int SetTaskAside(int tasks_fd, uint64_t serial) {
  for (const char* name : kNames) {
    const TaskPath from(serial, name);
    const std::string to = std::string(from.get()) + ".damaged";
    if (renameat(tasks_fd, from.get(), tasks_fd, to.c_str()) == 0 || errno == ENOENT) continue;
    return errno;
  }
  return 0;
}

int ListTasks(int tasks_fd, TaskSerials* found) {
  found->serials.clear();
  found->highest = 0;
  UniqueFd fd(openat(tasks_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return errno;
  const std::unique_ptr<DIR, CloseDirectory> directory(fdopendir(fd.get()));
  if (directory == nullptr) return errno;
  (void)fd.Release();  // the stream's now
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(directory.get());
    if (entry == nullptr) break;
    uint64_t serial = 0;
    std::string_view rest;
    if (!TakeSerial(entry->d_name, &serial, &rest)) continue;
    found->highest = std::max(found->highest, serial);
    if (IsOurs(rest)) found->serials.push_back(serial);
  }
  const int error = errno;
  std::vector<uint64_t>& serials = found->serials;
  std::sort(serials.begin(), serials.end());
  serials.erase(std::unique(serials.begin(), serials.end()), serials.end());
  return error;
}

}  // namespace raw_exec
