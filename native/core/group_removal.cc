#include "group_removal.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "group_directory.h"
#include "group_files.h"
#include "group_members.h"
#include "sys.h"
#include "unique_fd.h"

namespace raw_exec {
namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
// Where nothing tells of the end: a v1 group whose last process has ended, but is not yet taken
// out of it, or whose processes our pid namespace does not show.
constexpr int kFirstPauseMs = 1;
constexpr int kLongestPauseMs = 64;
// Only root can make groups in a v1 freezer.
constexpr int kThawDepth = 64;

struct Waiting {
  size_t index = 0;
  // cgroup.events (v2), or a pidfd of one process (v1); invalid when there is nothing to wait on.
  UniqueFd fd;
  short events = 0;
};

// A supervisor that died while it stopped a task may have left the v1 freezer closed, and so may
// the task itself: what is frozen there does not die before it is thawed.
void Thaw(const std::string& path, int depth) {
  if (WriteGroupFile((path + "/freezer.state").c_str(), "THAWED") != 0) return;
  if (depth == kThawDepth) return;
  std::vector<std::string> below;
  (void)ListDirectories(path, &below);
  for (const std::string& name : below) Thaw(PathBelow(path, name), depth + 1);
}

// By pidfd as well: cgroup.kill misses a process whose first thread has ended (6.18).
void Kill(const std::string& path) {
  (void)WriteGroupFile((path + "/cgroup.kill").c_str(), "1");
  KillMembers(path);
  Thaw(path, 0);
}

// Opened before the next try: a change after that makes the descriptor ready, so none is missed.
Waiting WaitFor(const std::string& path, size_t index) {
  Waiting waiting;
  waiting.index = index;
  waiting.fd.Reset(open((path + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
  if (waiting.fd) {
    // kernfs reports what has changed since the last read (cgroups(7)).
    char text[256];
    waiting.events = POLLPRI;
    if (read(waiting.fd.get(), text, sizeof(text)) >= 0) return waiting;
  }
  waiting.fd = OpenFirstMember(path);
  waiting.events = POLLIN;
  return waiting;
}

int LeftMs(uint64_t deadline_ns) {
  const uint64_t now = MonotonicNs();
  return now >= deadline_ns ? 0 : static_cast<int>((deadline_ns - now) / kNsPerMs + 1);
}

}  // namespace

std::vector<int> RemoveGroups(const std::vector<std::string>& paths, Members members,
                              int32_t timeout_ms) {
  std::vector<int> errors(paths.size(), 0);
  std::vector<Waiting> waiting;
  const auto try_again = [&](size_t index) {
    errors[index] = RemoveGroup(paths[index]);
    if (errors[index] != EBUSY) return;
    if (members == Members::kill) Kill(paths[index]);
    Waiting next = WaitFor(paths[index], index);
    errors[index] = RemoveGroup(paths[index]);
    if (errors[index] == EBUSY) waiting.push_back(std::move(next));
  };
  for (size_t i = 0; i < paths.size(); ++i) try_again(i);

  const uint64_t deadline_ns =
      MonotonicNs() + static_cast<uint64_t>(std::max(timeout_ms, 0)) * kNsPerMs;
  int pause_ms = kFirstPauseMs;
  while (!waiting.empty()) {
    const int left_ms = LeftMs(deadline_ns);
    if (left_ms == 0) break;
    std::vector<pollfd> polled;
    bool is_told = true;
    for (const Waiting& one : waiting) {
      polled.push_back({one.fd.get(), one.events, 0});  // poll passes over a negative one
      is_told &= static_cast<bool>(one.fd);
    }
    const int most_ms = is_told ? left_ms : std::min(left_ms, pause_ms);
    const int ready = poll(polled.data(), polled.size(), most_ms);
    pause_ms = ready > 0 ? kFirstPauseMs : std::min(pause_ms * 2, kLongestPauseMs);
    std::vector<Waiting> before = std::move(waiting);
    waiting.clear();
    for (size_t i = 0; i < before.size(); ++i) {
      if (polled[i].revents == 0 && before[i].fd) {
        waiting.push_back(std::move(before[i]));
      } else {
        try_again(before[i].index);
      }
    }
  }
  return errors;
}

}  // namespace raw_exec
