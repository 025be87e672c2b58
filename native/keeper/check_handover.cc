#include "check_handover.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "../holder/holder_handover.h"
#include "../holder/holder_setup.h"
#include "keeper_handover.h"
#include "options.h"
#include "state_directory.h"

namespace raw_exec {
namespace {

using keeper::Complaint;

Complaint CheckHolder(int argc, char** argv, std::string* state) {
  HolderOptions options;
  if (Complaint bad = ReadHolderOptions(argc, argv, &options)) return bad;
  *state = options.state;
  HolderHandover handover;
  return ReadHolderHandover(options.handover_fd, &handover);
}

Complaint CheckKeeper(int argc, char** argv, std::string* state) {
  keeper::Options options;
  if (Complaint bad = keeper::ReadOptions(argc, argv, &options)) return bad;
  *state = options.state;
  keeper::KeeperHandover handover;
  return ReadKeeperHandover(options.handover_fd, &handover);
}

}  // namespace

int CheckHandoverMain(int argc, char** argv) {
  std::string state;
  const bool is_holder = argc > 0 && std::strcmp(argv[0], "holder") == 0;
  Complaint complaint =
      is_holder ? CheckHolder(argc - 1, argv + 1, &state) : CheckKeeper(argc, argv, &state);
  keeper::StateDirectory directory;
  if (!complaint) complaint = directory.Open(state);
  const std::string answer = complaint ? complaint.text + "\n" : "yes\n";
  ssize_t written = 0;
  do {
    written = write(STDOUT_FILENO, answer.data(), answer.size());
  } while (written < 0 && errno == EINTR);
  return static_cast<int>(complaint.code);
}

}  // namespace raw_exec
