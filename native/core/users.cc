#include "users.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>

namespace raw_exec {
namespace {

constexpr size_t kFirstBuffer = 4096;
constexpr size_t kLargestBuffer = size_t{16} * 1024 * 1024;  // a group with very many members

// "Not found" has many names (getpwnam_r(3)).
bool MeansAbsent(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

// Calls a *_r function with a buffer that grows until it fits.
template <typename Entry, typename Call>
bool LookUpEntry(Call call, Entry* entry, std::vector<char>* buffer, int* error) {
  *error = 0;
  for (buffer->resize(kFirstBuffer);; buffer->resize(buffer->size() * 2)) {
    Entry* result = nullptr;
    const int status = call(entry, buffer->data(), buffer->size(), &result);
    if (result != nullptr) return true;
    if (status == EINTR) continue;
    if (status == ERANGE && buffer->size() < kLargestBuffer) continue;
    if (!MeansAbsent(status)) *error = status;
    return false;
  }
}

std::optional<User> MakeUser(const passwd& entry) {
  User user = {entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_shell, {}};
  int count = 64;
  for (;;) {
    user.groups.resize(static_cast<size_t>(count));
    const int capacity = count;
    if (getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) >= 0) break;
    if (count <= capacity) count = capacity * 2;
  }
  user.groups.resize(static_cast<size_t>(count));
  return user;
}

}  // namespace

std::optional<User> FindUser(const std::string& name, int* error) {
  passwd entry = {};
  std::vector<char> buffer;
  const auto call = [&name](passwd* out, char* data, size_t size, passwd** result) {
    return getpwnam_r(name.c_str(), out, data, size, result);
  };
  if (!LookUpEntry(call, &entry, &buffer, error)) return std::nullopt;
  return MakeUser(entry);
}

std::optional<User> FindUser(uid_t uid, int* error) {
  passwd entry = {};
  std::vector<char> buffer;
  const auto call = [uid](passwd* out, char* data, size_t size, passwd** result) {
    return getpwuid_r(uid, out, data, size, result);
  };
  if (!LookUpEntry(call, &entry, &buffer, error)) return std::nullopt;
  return MakeUser(entry);
}

std::optional<Group> FindGroup(const std::string& name, int* error) {
  group entry = {};
  std::vector<char> buffer;
  const auto call = [&name](group* out, char* data, size_t size, group** result) {
    return getgrnam_r(name.c_str(), out, data, size, result);
  };
  if (!LookUpEntry(call, &entry, &buffer, error)) return std::nullopt;
  return Group{entry.gr_name, entry.gr_gid};
}

std::optional<Group> FindGroup(gid_t gid, int* error) {
  group entry = {};
  std::vector<char> buffer;
  const auto call = [gid](group* out, char* data, size_t size, group** result) {
    return getgrgid_r(gid, out, data, size, result);
  };
  if (!LookUpEntry(call, &entry, &buffer, error)) return std::nullopt;
  return Group{entry.gr_name, entry.gr_gid};
}

}  // namespace raw_exec
