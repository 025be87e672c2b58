#pragma once

namespace raw_exec {

int HolderMain(int argc, char** argv);

}  // namespace raw_exec
