#include "group_stats.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <limits>
#include <utility>

namespace raw_exec {
namespace {

double MonotonicMs() {
  timespec now = {};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// A removed group answers on files that were open before with ENODEV (kernfs).
bool IsGone(int error) { return error == ENODEV || error == ENOENT; }

// io.pressure and its like exist, but cannot be opened, where the kernel was started with psi=0.
bool IsAbsent(int error) { return error == ENOENT || error == EOPNOTSUPP; }

// The rest of the process, the starts of programs above all, needs descriptors too.
constexpr rlim_t kShareOfDescriptors = 4;

size_t WithinLimit(size_t wanted) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  return std::min(wanted, static_cast<size_t>(limit.rlim_cur / kShareOfDescriptors));
}

}  // namespace

GroupStats::GroupStats(size_t max_open_files) : max_open_files_(WithinLimit(max_open_files)) {}

int32_t GroupStats::Add(GroupDirectories directories) {
  int32_t handle = 0;
  if (free_.empty()) {
    handle = static_cast<int32_t>(groups_.size());
    groups_.emplace_back();
  } else {
    handle = free_.back();
    free_.pop_back();
  }
  Group& group = groups_[static_cast<size_t>(handle)];
  group.directories = std::move(directories);
  group.absent = 0;
  group.is_used = true;
  return handle;
}

void GroupStats::Remove(int32_t handle) {
  if (handle < 0 || static_cast<size_t>(handle) >= groups_.size()) return;
  Group& group = groups_[static_cast<size_t>(handle)];
  if (!group.is_used) return;
  for (UniqueFd& file : group.files) {
    if (file) --open_files_;
    file.Reset();
  }
  group.is_used = false;
  free_.push_back(handle);
}

void GroupStats::Read(int32_t handle, uint32_t parts, double* row) {
  std::fill_n(row, kGroupColumns, std::numeric_limits<double>::quiet_NaN());
  row[kGroupErrno] = EBADF;
  if (handle < 0 || static_cast<size_t>(handle) >= groups_.size()) return;
  Group& group = groups_[static_cast<size_t>(handle)];
  if (!group.is_used) return;
  row[kGroupErrno] = 0;
  row[kGroupTakenAtMs] = MonotonicMs();
  const auto files = GroupStatsFiles();
  for (size_t index = 0; index < files.size(); ++index) {
    const bool is_wanted = (files[index].parts & parts) != 0;
    if (!is_wanted || (group.absent >> index & 1) != 0) continue;
    const size_t other = files[index].stands_in_for;
    if (other != 0 && !std::isnan(row[other])) continue;
    const int error = ReadFile(&group, index, row);
    if (error == 0) continue;
    row[kGroupErrno] = IsGone(error) ? ENOENT : error;
    if (IsGone(error)) return;
  }
}

// Returns 0, also when the file is one that this host does not have.
int GroupStats::ReadFile(Group* group, size_t index, double* row) {
  UniqueFd& kept = group->files[index];
  UniqueFd opened;
  if (!kept) {
    int error = 0;
    opened = Open(group, index, &error);
    if (!opened) return error;
  }
  size_t length = 0;
  const int error = Fill(kept ? kept.get() : opened.get(), &length);
  if (error == EOPNOTSUPP) {
    group->absent |= 1U << index;
    return 0;
  }
  if (error != 0) return error;
  GroupStatsFiles()[index].parse({text_.data(), length}, row);
  // Who came first stays. To close the longest unused instead would be wrong here: all groups are
  // read in turn, and then each file would be closed just before it is needed again.
  if (opened && open_files_ < max_open_files_) {
    kept = std::move(opened);
    ++open_files_;
  }
  return 0;
}

// Invalid, with `error` 0, for a file that this host does not have.
UniqueFd GroupStats::Open(Group* group, size_t index, int* error) {
  const GroupStatsFile& file = GroupStatsFiles()[index];
  const std::string& directory = group->directories[file.hierarchy];
  if (directory.empty()) {
    group->absent |= 1U << index;
    return UniqueFd();
  }
  UniqueFd fd =
      AboveStdio(UniqueFd(open((directory + '/' + file.name).c_str(), O_RDONLY | O_CLOEXEC)));
  if (fd) return fd;
  *error = errno;
  // The file, or the whole group?
  if (IsAbsent(*error) && access(directory.c_str(), F_OK) == 0) {
    group->absent |= 1U << index;
    *error = 0;
  }
  return fd;
}

// The kernel makes the whole text at each read: one that fills the buffer is read again with more.
int GroupStats::Fill(int fd, size_t* length) {
  for (;;) {
    ssize_t got = -1;
    do {
      got = pread(fd, text_.data(), text_.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return errno;
    *length = static_cast<size_t>(got);
    if (*length < text_.size()) return 0;
    text_.resize(text_.size() * 2);
  }
}

}  // namespace raw_exec
