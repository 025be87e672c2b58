#include "process_stats.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string_view>

#include "stats_text.h"
#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr double kBytesPerKilobyte = 1024;

// Fields of /proc/pid/stat behind the name, see proc_pid_stat(5): the state is number 3.
constexpr size_t kFirstField = 3;
constexpr size_t kParentField = 4;
constexpr size_t kUserField = 14;
constexpr size_t kSystemField = 15;
constexpr size_t kWaitedUserField = 16;
constexpr size_t kWaitedSystemField = 17;
constexpr size_t kThreadsField = 20;
constexpr size_t kStartField = 22;

// The text of a small file, or minus errno.
ssize_t ReadAt(int directory_fd, const char* name, char* buffer, size_t size) {
  const UniqueFd fd(openat(directory_fd, name, O_RDONLY | O_CLOEXEC));
  if (!fd) return -errno;
  const ssize_t got = read(fd.get(), buffer, size);
  return got < 0 ? -errno : got;
}

bool ParseStat(std::string_view text, double* row) {
  // The name stands in brackets and may hold brackets and blanks itself: the last one ends it.
  const size_t name_end = text.rfind(") ");
  if (name_end == std::string_view::npos) return false;
  text.remove_prefix(name_end + 2);
  double fields[kStartField + 1] = {};
  for (size_t number = kFirstField; number <= kStartField; ++number) {
    const size_t end = text.find(' ');
    if (end == std::string_view::npos) return false;
    fields[number] = ParseNumber(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  row[kProcessStartTicks] = fields[kStartField];
  row[kProcessParentPid] = fields[kParentField];
  row[kProcessUserTicks] = fields[kUserField] + fields[kWaitedUserField];
  row[kProcessSystemTicks] = fields[kSystemField] + fields[kWaitedSystemField];
  row[kProcessThreads] = fields[kThreadsField];
  return true;
}

// "VmRSS:\t  123 kB"
double Kilobytes(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of("\t "), text.size()));
  return ParseNumber(text.substr(0, text.find(' '))) * kBytesPerKilobyte;
}

// A process that has ended and a kernel thread have no memory, and no such lines.
void ParseStatus(std::string_view text, double* row) {
  row[kProcessRssBytes] = Kilobytes(text, "\nVmRSS:");
  row[kProcessSwapBytes] = Kilobytes(text, "\nVmSwap:");
}

void ParseIo(std::string_view text, double* row) {
  static constexpr StatsKey kKeys[] = {{"read_bytes:", kProcessReadBytes},
                                       {"write_bytes:", kProcessWrittenBytes}};
  ParseKeyed(text, kKeys, row);
}

}  // namespace

// All files are opened through the directory of the process: that stays with the process, and says
// ESRCH when it is gone, also when its number has passed to another one.
void ReadProcessStats(pid_t pid, double start_ticks, double* row) {
  std::fill_n(row, kProcessColumns, std::numeric_limits<double>::quiet_NaN());
  row[kProcessErrno] = ESRCH;
  char text[4096];
  (void)std::snprintf(text, sizeof(text), "/proc/%d", pid);
  const UniqueFd directory(open(text, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return;
  ssize_t got = ReadAt(directory.get(), "stat", text, sizeof(text));
  if (got < 0 || !ParseStat({text, static_cast<size_t>(got)}, row)) return;
  if (!std::isnan(start_ticks) && row[kProcessStartTicks] != start_ticks) return;
  got = ReadAt(directory.get(), "status", text, sizeof(text));
  if (got < 0) return;
  ParseStatus({text, static_cast<size_t>(got)}, row);
  // Only for processes that we might trace: of others these columns stay NaN.
  got = ReadAt(directory.get(), "io", text, sizeof(text));
  if (got > 0) ParseIo({text, static_cast<size_t>(got)}, row);
  row[kProcessErrno] = 0;
}

}  // namespace raw_exec
