// A supervisor's end of the socket to a keeper.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spawn.h"
#include "unique_fd.h"
#include "wire/client_messages.h"

namespace raw_exec {

// A socket that is connected to `path`; without one, *error is a positive errno. Nobody listens:
// ECONNREFUSED, ENOENT.
UniqueFd ConnectKeeper(const char* path, int* error);

// What a task of the keeper has beside its plan.
struct KeeperTask {
  std::string id;
  bool is_session = false;  // a command beside the task of this id, which runs already
  bool is_tree = false;     // held by a reaper, not by groups of its own
  std::string v2_group;
  std::vector<std::pair<std::string, std::string>> v1_groups;  // controller, directory
  std::string attachment;
  struct Log {
    wire::LogSpec spec = {};
    std::string directory;
    std::string name;
  } logs[2];  // stdout, stderr
  wire::OnSupervisorExit on_supervisor_exit = wire::OnSupervisorExit::keep;
  std::vector<wire::Step> steps;
};

// Each sends one message and returns 0 or a positive errno: EAGAIN when the keeper has not read
// what was sent before, EMSGSIZE when it does not fit, EPIPE when the keeper has gone.
int SendHello(int socket_fd, uint64_t request, std::string_view name);
// To a keeper that speaks an older protocol; the executable of the newer one.
int SendUpgrade(int socket_fd, uint64_t request, std::string_view keeper_path);
int SendStart(int socket_fd, uint64_t request, const SpawnRequest& spawn, const KeeperTask& task);
int SendSignalRequest(int socket_fd, uint64_t request, std::string_view id,
                      const wire::Signal& signal);
// `session`: as in wire::Stop.
int SendStop(int socket_fd, uint64_t request, std::string_view id, uint64_t session,
             int32_t kill_grace_ms, const std::vector<wire::Step>& steps);
// EMSGSIZE, too, for an attachment that the keeper would not take.
int SendDescribe(int socket_fd, uint64_t request, std::string_view id, std::string_view attachment);
int SendList(int socket_fd, uint64_t request, uint64_t after);
int SendForgetSession(int socket_fd, uint64_t request, std::string_view id, uint64_t session);
// Of the kinds whose only content is a task's id: forget, adopt, log_status.
int SendForTask(int socket_fd, uint64_t request, wire::ClientKind kind, std::string_view id);

}  // namespace raw_exec
