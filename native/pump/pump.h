#pragma once

namespace raw_exec {

int PumpMain(int argc, char** argv);

}  // namespace raw_exec
