// Messages as our own clients write them.
#pragma once

#include <functional>
#include <string>

namespace raw_exec::fuzz {

// The message that `send` sends to the socket it is given.
std::string Written(const std::function<int(int socket_fd)>& send);

// A client's start, as request 1, of SeedRequest().
const std::string& SeedStart();
// The same with logs, a group of each version and a ladder.
std::string FullStart();
// One below a reaper.
std::string TreeStart();
// A command beside "task", which is that of the decoder.
std::string SeedExec();
// What the keeper makes of it for the holder.
std::string HolderStartSeed();

}  // namespace raw_exec::fuzz
