#include "keeper.h"

namespace raw_exec {

int KeeperMain(int /*argc*/, char** /*argv*/) { return 2; }

}  // namespace raw_exec
