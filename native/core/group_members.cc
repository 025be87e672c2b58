#include "group_members.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "group_directory.h"
#include "group_files.h"
#include "sys.h"

namespace raw_exec {
namespace {

int ReadProcs(const std::string& path, std::vector<pid_t>* members) {
  std::string text;
  const int error = ReadGroupFile((path + "/cgroup.procs").c_str(), &text);
  if (error != 0) return error;
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    const long pid = std::strtol(at, &end, 10);
    if (end == at) break;
    members->push_back(static_cast<pid_t>(pid));
    at = *end == '\n' ? end + 1 : end;
  }
  return 0;
}

bool Contains(const std::vector<pid_t>& pids, pid_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

}  // namespace

int ListMembers(const std::string& path, std::vector<pid_t>* members) {
  const int error = ReadProcs(path, members);
  if (error != 0) return error;
  std::vector<std::string> below;
  const int listed = ListDirectories(path, &below);
  if (listed != 0) return listed;
  for (const std::string& name : below) {
    const int failed = ListMembers(PathBelow(path, name), members);
    if (failed != 0 && failed != ENOENT && failed != ENODEV) return failed;
  }
  return 0;
}

UniqueFd OpenFirstMember(const std::string& path) {
  std::vector<pid_t> members;
  (void)ListMembers(path, &members);
  for (const pid_t pid : members) {
    if (pid <= 0) continue;
    UniqueFd pidfd(static_cast<int>(PidfdOpen(pid)));
    if (pidfd) return pidfd;
  }
  return UniqueFd();
}

int KillMembers(const std::string& path) {
  std::vector<pid_t> members;
  (void)ListMembers(path, &members);
  std::vector<UniqueFd> pidfds;
  pidfds.reserve(members.size());
  for (const pid_t pid : members) {
    pidfds.emplace_back(pid > 0 ? static_cast<int>(PidfdOpen(pid)) : -1);
  }
  std::vector<pid_t> still;
  (void)ListMembers(path, &still);
  int reached = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    if (!pidfds[i] || !Contains(still, members[i])) continue;
    if (PidfdSendSignal(pidfds[i].get(), SIGKILL) == 0) ++reached;
  }
  return reached;
}

}  // namespace raw_exec
