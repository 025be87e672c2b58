// `raw-exec-keeper pump`: writes the output of tasks into log files.
// native/core/wire/pump_messages.h says what it is told.
#pragma once

namespace raw_exec {

int PumpMain(int argc, char** argv);

}  // namespace raw_exec
