// Directories of cgroups, of either version: made, marked, listed, removed. The marks are extended
// attributes, which cgroupfs keeps for users since 5.7; before, only names tell whose a group is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace raw_exec {

// Who made a group, in words that only JavaScript reads; set before the group can hold anything.
inline constexpr char kOwnerAttribute[] = "user.raw-exec.owner";
// The id of the task that the group serves; set before its first process.
inline constexpr char kTaskAttribute[] = "user.raw-exec.task";

// 0 or a positive errno. A group that could not be marked for a reason other than a kernel or file
// system without such attributes is not left behind.
[[nodiscard]] int MakeGroup(const char* path, std::string_view owner);

// 0 or a positive errno; also 0 where there are no such attributes. By descriptor it takes half as
// long: the path need not be walked.
[[nodiscard]] int MarkGroup(const char* path, std::string_view task);
// ENODEV when the group has been removed while it was held, EBUSY when it was marked and is
// frozen.
[[nodiscard]] int MarkGroup(int directory_fd, int events_fd, std::string_view task);

// Names who looks after a group from here on. 0 or a positive errno, as MarkGroup.
[[nodiscard]] int GiveGroup(const char* path, std::string_view owner);

// Removes a group with all groups below it, deepest first. 0, also when it is gone already, or a
// positive errno: EBUSY while processes are in one of them.
[[nodiscard]] int RemoveGroup(const std::string& path);

struct ListedGroup {
  std::string name;
  std::string owner;  // empty without the attribute
  std::string task;
};

// The groups directly in `path`. 0 or a positive errno.
[[nodiscard]] int ListGroups(const std::string& path, std::vector<ListedGroup>* groups);

// The path of `name` in the directory `path`.
std::string PathBelow(const std::string& path, const std::string& name);

// Names of the directories directly in `path`. 0 or a positive errno.
[[nodiscard]] int ListDirectories(const std::string& path, std::vector<std::string>* names);
[[nodiscard]] int ListDirectories(int directory_fd, std::vector<std::string>* names);

}  // namespace raw_exec
