// raw-exec-keeper: one executable for the three parts that let tasks outlive their supervisor.
#include <cstdio>
#include <cstring>

#include "../holder/holder.h"
#include "../pump/pump.h"
#include "keeper.h"

int main(int argc, char** argv) {
  const char* part = argc > 1 ? argv[1] : "";
  if (std::strcmp(part, "holder") == 0) return raw_exec::HolderMain(argc - 2, argv + 2);
  if (std::strcmp(part, "pump") == 0) return raw_exec::PumpMain(argc - 2, argv + 2);
  return raw_exec::KeeperMain(argc - 1, argv + 1);
}
