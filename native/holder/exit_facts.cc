#include "exit_facts.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "../core/unique_fd.h"

namespace raw_exec {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kKiB = 1024;

int64_t Microseconds(const timeval& time) {
  return static_cast<int64_t>(time.tv_sec) * kUsPerSecond + time.tv_usec;
}

int64_t ReadClock(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<int64_t>(now.tv_sec) * kNsPerSecond + now.tv_nsec;
}

}  // namespace

wire::ExitFacts FactsOf(const siginfo_t& info, const rusage& usage) {
  wire::ExitFacts facts = {};
  facts.state = static_cast<int32_t>(wire::ExitState::exited);
  facts.code = -1;
  if (info.si_code == CLD_EXITED) {
    facts.code = info.si_status;
  } else {
    facts.signal = info.si_status;
    facts.core_dumped = info.si_code == CLD_DUMPED ? 1 : 0;
  }
  facts.user_cpu_us = Microseconds(usage.ru_utime);
  facts.system_cpu_us = Microseconds(usage.ru_stime);
  facts.max_rss_bytes = usage.ru_maxrss * kKiB;  // getrusage(2): kilobytes
  facts.oom_kills = -1;
  return facts;
}

std::string FindOomFile(const std::string& v2_group, const std::vector<V1Group>& v1_groups) {
  if (!v2_group.empty()) {
    std::string path = v2_group + "/memory.events";
    if (access(path.c_str(), R_OK) == 0) return path;
  }
  for (const V1Group& group : v1_groups) {
    if (group.controller == "memory") return group.directory + "/memory.oom_control";
  }
  return {};
}

int64_t ReadOomKills(const std::string& oom_file) {
  if (oom_file.empty()) return -1;
  const UniqueFd fd(open(oom_file.c_str(), O_RDONLY | O_CLOEXEC));
  char text[512];
  const ssize_t got = fd ? read(fd.get(), text, sizeof(text)) : -1;
  if (got <= 0) return -1;
  // "oom_kill 3", in a line of its own; "oom_kill_disable" and "oom_group_kill" are others.
  constexpr std::string_view kKey = "\noom_kill ";
  const std::string_view all(text, static_cast<size_t>(got));
  const size_t at = all.find(kKey);
  if (at == std::string_view::npos) return -1;
  int64_t count = -1;
  const std::string_view number = all.substr(at + kKey.size());
  std::from_chars(number.data(), number.data() + number.size(), count);
  return count;
}

int64_t RealtimeNs() { return ReadClock(CLOCK_REALTIME); }
int64_t BoottimeNs() { return ReadClock(CLOCK_BOOTTIME); }

}  // namespace raw_exec
