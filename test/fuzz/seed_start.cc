#include "seed_start.h"

#include <sys/socket.h>

#include <csignal>

#include "../../native/core/keeper_client.h"
#include "../../native/core/wire/holder_messages.h"
#include "../../native/core/wire/message_reader.h"
#include "../../native/core/wire/message_writer.h"
#include "seed_plan.h"
#include "surroundings.h"

namespace raw_exec::fuzz {

std::string Written(const std::function<int(int socket_fd)>& send) {
  const Pair pair = MakePair();
  if (send(pair.ours.get()) != 0) GiveUp("write a message");
  std::string bytes(wire::kMaxMessage, '\0');
  const ssize_t got = recv(pair.theirs.get(), bytes.data(), bytes.size(), 0);
  if (got <= 0) GiveUp("read a message");
  bytes.resize(static_cast<size_t>(got));
  return bytes;
}

const std::string& SeedStart() {
  static const std::string start = Written([](int socket_fd) {
    KeeperTask task;
    task.id = "started";
    task.attachment = "{}";
    return SendStart(socket_fd, 1, SeedRequest(), task);
  });
  return start;
}

std::string FullStart() {
  return Written([](int socket_fd) {
    KeeperTask task;
    task.id = "full";
    task.v2_group = "/sys/fs/cgroup/none";
    task.v1_groups = {{"memory", "/sys/fs/cgroup/memory/none"}};
    task.attachment = "{}";
    task.logs[0] = {{1, 0, 0, 3, 4096, 0640, 0, 0, 0}, "/nonexistent", "web.stdout"};
    task.logs[1] = {{1, 1, 1, 1, 1, 0600, 1, 2, 0}, "/nonexistent", "web.stderr"};
    task.on_supervisor_exit = wire::OnSupervisorExit::kill;
    task.steps = {{SIGINT, 0, 5000}, {SIGTERM, 2, 1}};
    return SendStart(socket_fd, 1, SeedRequest(), task);
  });
}

std::string TreeStart() {
  return Written([](int socket_fd) {
    KeeperTask task;
    task.id = "tree";
    task.is_tree = true;
    task.attachment = "{}";
    return SendStart(socket_fd, 1, SeedRequest(), task);
  });
}

std::string SeedExec() {
  return Written([](int socket_fd) {
    KeeperTask task;
    task.id = "task";
    task.is_session = true;
    task.on_supervisor_exit = wire::OnSupervisorExit::kill;
    task.steps = {{SIGHUP, 2, 5000}};
    return SendStart(socket_fd, 1, SeedRequest(), task);
  });
}

std::string HolderStartSeed() {
  const std::string start = FullStart();
  wire::MessageReader reader(start.data(), start.size());
  wire::HolderStart head = {};
  head.serial = 7;
  reader.Take(&head.start);
  std::string buffer(wire::kMaxMessage, '\0');
  constexpr uint16_t kStart = static_cast<uint16_t>(wire::HolderKind::start);
  wire::MessageWriter writer(buffer.data(), buffer.size(), kStart, 1);
  return std::string(writer.Put(head).PutRaw(reader.Rest()).View());
}

}  // namespace raw_exec::fuzz
