#include "leave_group.h"

#include <unistd.h>

#include <algorithm>

#include "../core/group_files.h"

namespace raw_exec::keeper {
namespace {

constexpr std::string_view kPrefix = "keeper-";
// Parents that are ours by their name, whoever has made them (src/cgroup/place-candidate.ts).
constexpr std::string_view kOurParents[] = {"raw-exec.slice", "raw-exec"};

// The next piece of `text`, which begins behind it afterwards.
std::string_view Cut(std::string_view* text, char separator) {
  const size_t at = text->find(separator);
  const std::string_view piece = text->substr(0, at);
  text->remove_prefix(at == std::string_view::npos ? text->size() : at + 1);
  return piece;
}

std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view ParentOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// keeper-PID.SERIAL
bool IsOurs(std::string_view name) {
  if (name.substr(0, kPrefix.size()) != kPrefix) return false;
  name.remove_prefix(kPrefix.size());
  const std::string_view pid = Cut(&name, '.');
  return IsNumber(pid) && IsNumber(name);
}

bool HasWord(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (Cut(&list, ',') == word) return true;
  }
  return false;
}

struct Mount {
  std::string_view root;  // the directory of the hierarchy that is mounted
  std::string_view point;
  std::string_view type;
  std::string_view options;  // of the file system
};

// A line of proc_pid_mountinfo(5).
Mount ReadMount(std::string_view line) {
  Mount mount;
  for (int skipped = 0; skipped < 3; ++skipped) Cut(&line, ' ');
  mount.root = Cut(&line, ' ');
  mount.point = Cut(&line, ' ');
  const size_t separator = line.find(" - ");
  if (separator == std::string_view::npos) return mount;
  line.remove_prefix(separator + 3);
  mount.type = Cut(&line, ' ');
  Cut(&line, ' ');
  mount.options = line;
  return mount;
}

// `controllers`: of a version 1 hierarchy, as /proc/self/cgroup has them; empty for version 2.
bool IsMountOf(const Mount& mount, std::string_view controllers) {
  if (controllers.empty()) return mount.type == "cgroup2";
  return mount.type == "cgroup" && HasWord(mount.options, Cut(&controllers, ','));
}

std::string DirectoryIn(const Mount& mount, std::string_view path) {
  if (mount.root != "/") {
    if (path.substr(0, mount.root.size()) != mount.root) return "";
    path.remove_prefix(mount.root.size());
    if (path.substr(0, 1) != "/") return "";
  }
  return std::string(mount.point).append(path);
}

// By writing 0 to cgroup.procs, all threads of this process.
bool MoveTo(const std::string& group) {
  return WriteGroupFile((group + "/cgroup.procs").c_str(), "0") == 0;
}

}  // namespace

std::vector<OwnGroup> FindOwnGroups(std::string_view cgroup, std::string_view mountinfo) {
  std::vector<OwnGroup> found;
  while (!cgroup.empty()) {
    std::string_view line = Cut(&cgroup, '\n');
    Cut(&line, ':');
    const std::string_view controllers = Cut(&line, ':');
    if (!IsOurs(NameOf(line))) continue;
    for (std::string_view rest = mountinfo; !rest.empty();) {
      const Mount mount = ReadMount(Cut(&rest, '\n'));
      if (!IsMountOf(mount, controllers)) continue;
      std::string directory = DirectoryIn(mount, line);
      if (directory.empty()) continue;
      found.push_back({std::string(mount.point), std::move(directory)});
      break;
    }
  }
  return found;
}

void LeaveGroups() {
  std::string cgroup;
  std::string mountinfo;
  if (ReadGroupFile("/proc/self/cgroup", &cgroup) != 0) return;
  if (cgroup.find(kPrefix) == std::string::npos) return;
  if (ReadGroupFile("/proc/self/mountinfo", &mountinfo) != 0) return;
  for (const OwnGroup& group : FindOwnGroups(cgroup, mountinfo)) {
    if (!MoveTo(group.top)) continue;
    // Refused while others of us are in it: they do the same.
    if (rmdir(group.directory.c_str()) != 0) continue;
    const std::string parent(ParentOf(group.directory));
    const std::string_view* const end = std::end(kOurParents);
    if (std::find(std::begin(kOurParents), end, NameOf(parent)) != end) {
      (void)rmdir(parent.c_str());  // refused while there are groups of tasks or other keepers
    }
  }
}

}  // namespace raw_exec::keeper
