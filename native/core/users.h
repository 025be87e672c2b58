// Users and groups as the system's name service has them: files, LDAP, systemd, whatever
// nsswitch.conf says.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace raw_exec {

struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
  std::string home;
  std::string shell;
  std::vector<gid_t> groups;  // getgrouplist(3), the primary one included
};

struct Group {
  std::string name;
  gid_t gid;
};

// Empty optional and *error == 0: there is no such user or group. *error is a positive errno when
// the service failed.
std::optional<User> FindUser(const std::string& name, int* error);
std::optional<User> FindUser(uid_t uid, int* error);
std::optional<Group> FindGroup(const std::string& name, int* error);
std::optional<Group> FindGroup(gid_t gid, int* error);

}  // namespace raw_exec
