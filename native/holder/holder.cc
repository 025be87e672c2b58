#include "holder.h"

namespace raw_exec {

int HolderMain(int /*argc*/, char** /*argv*/) { return 2; }

}  // namespace raw_exec
