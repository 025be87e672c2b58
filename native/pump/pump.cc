#include "pump.h"

namespace raw_exec {

int PumpMain(int /*argc*/, char** /*argv*/) { return 2; }

}  // namespace raw_exec
