// What a client says to the keeper: through its socket, and past it.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "../../native/core/keeper_client.h"
#include "../../native/keeper/requests.h"
#include "decoders.h"
#include "surroundings.h"

namespace raw_exec::fuzz {
namespace {

// Reads what the keeper says. False when it has closed the connection.
bool ReadAnswer(int socket_fd) {
  static char buffer[wire::kMaxMessage];
  const ssize_t got = recv(socket_fd, buffer, sizeof(buffer), MSG_DONTWAIT);
  if (got <= 0) return false;
  const wire::MessageReader reader(buffer, static_cast<size_t>(got));
  if (!reader.is_good()) __builtin_trap();  // what the keeper says is sound
  return true;
}

}  // namespace

// Every message is answered, or is the end of the connection: else this hangs, which is a finding.
void FuzzConnection(const Input& input) {
  keeper::Keeper keeper{{}};
  SetUp(&keeper);
  const keeper::Complaint bad = keeper.server.Listen(
      &keeper.loop, keeper.state, UniqueFd(), [] { return wire::Welcome{}; },
      [&keeper](const keeper::Request& request) { Handle(&keeper, request); });
  if (bad) GiveUp("listen");
  int error = 0;
  const UniqueFd client = ConnectKeeper((StatePath() + "/keeper.sock").c_str(), &error);
  if (!client) GiveUp("connect");
  bool awaits_welcome = input.Has(kGreeted);
  if (awaits_welcome && SendHello(client.get(), 1, "fuzzer") != 0) GiveUp("say hello");
  if (!Send(client.get(), input.bytes, MakeDescriptors(input.descriptor_count()))) return;
  keeper::Watch watch;
  const int unwatched = watch.Start(&keeper.loop, client.get(), EPOLLIN, [&](uint32_t) {
    if (!ReadAnswer(client.get()) || !awaits_welcome) keeper.loop.Stop();
    awaits_welcome = false;
  });
  if (unwatched != 0 || keeper.loop.Run() != 0) GiveUp("wait for events");
}

void FuzzRequest(const Input& input) {
  keeper::Keeper keeper{{}};
  SetUp(&keeper);
  wire::MessageReader reader(input.bytes.data(), input.bytes.size());
  if (!reader.is_good()) return;
  std::vector<UniqueFd> fds = MakeDescriptors(input.descriptor_count());
  const keeper::Peer peer;
  Handle(&keeper, {{0, reader.frame().request},
                   static_cast<wire::ClientKind>(reader.frame().kind),
                   &reader,
                   &fds,
                   &peer});
  keeper.loop.Stop();
  (void)keeper.loop.Run();  // what was put off
}

}  // namespace raw_exec::fuzz
