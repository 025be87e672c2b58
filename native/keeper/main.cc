// raw-exec-keeper: one executable for all parts that let tasks outlive their supervisor.
#include <cstdio>
#include <cstring>

#include "../holder/holder.h"
#include "../holder/kept_reaper.h"
#include "../pump/pump.h"
#include "check_handover.h"
#include "keeper.h"
#include "leave_group.h"

namespace {

int RunPart(int argc, char** argv) {
  const char* part = argc > 1 ? argv[1] : "";
  if (std::strcmp(part, "holder") == 0) return raw_exec::HolderMain(argc - 2, argv + 2);
  if (std::strcmp(part, "reaper") == 0) return raw_exec::KeptReaperMain(argc - 2, argv + 2);
  if (std::strcmp(part, "pump") == 0) return raw_exec::PumpMain(argc - 2, argv + 2);
  return raw_exec::KeeperMain(argc - 1, argv + 1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "check-handover") == 0) {
    return raw_exec::CheckHandoverMain(argc - 2, argv + 2);
  }
  const int code = RunPart(argc, argv);
  // One that could not begin was never in use: the group is its starter's.
  if (code == 0) raw_exec::keeper::LeaveGroups();
  return code;
}
