#include "own_groups.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "../core/group_directory.h"
#include "../core/group_files.h"
#include "../core/unique_fd.h"

namespace raw_exec::keeper {
namespace {

bool HasController(std::string_view list, std::string_view controller) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (list.substr(0, comma) == controller) return true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

}  // namespace

OwnGroups::OwnGroups(const StartRecord& record) : v2_(record.v2_group) {
  for (const V1Group& group : record.v1_groups) {
    v1_.push_back(group.directory);
    if (HasController(group.controller, "freezer")) freezers_.push_back(group.directory);
  }
}

bool IsPopulated(int events_fd) {
  char events[256];
  ssize_t got = 0;
  do {
    got = pread(events_fd, events, sizeof(events) - 1, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return errno != ENODEV;
  events[got] = '\0';
  return std::strstr(events, "populated 0") == nullptr;
}

bool OwnGroups::AreEmpty() const {
  if (!v2_.empty()) {
    const UniqueFd events(open((v2_ + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
    if (events ? IsPopulated(events.get()) : errno != ENOENT) return false;
  }
  if (v1_.empty()) return true;
  MemberList members;
  return ListMembers(v1_, &members) == 0 && members.pids().empty();
}

std::vector<std::string> OwnGroups::directories() const {
  std::vector<std::string> all = v1_;
  if (!v2_.empty()) all.push_back(v2_);
  return all;
}

int OwnGroups::List(MemberList* members) const { return ListMembers(directories(), members); }

// From above: a group below a frozen one stays frozen whatever is written to it.
void OwnGroups::Thaw() const {
  std::vector<std::string> left = freezers_;
  while (!left.empty()) {
    const std::string group = left.back();
    left.pop_back();
    // A group that has gone meanwhile holds nobody who would have to be thawed.
    if (WriteGroupFile((group + "/freezer.state").c_str(), "THAWED") != 0) continue;
    std::vector<std::string> below;
    if (ListDirectories(group, &below) != 0) continue;
    for (const std::string& name : below) left.push_back(PathBelow(group, name));
  }
}

}  // namespace raw_exec::keeper
