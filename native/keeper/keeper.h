#pragma once

namespace raw_exec {

int KeeperMain(int argc, char** argv);

}  // namespace raw_exec
