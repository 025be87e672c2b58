// The holder: parent of every task, and of whatever tasks leave behind. It starts them, waits for
// them, and writes down how they have ended, whether a keeper is attached or not.
#pragma once

namespace raw_exec {

// Arguments: --state DIR, and --keeper PROGRAM for another keeper than this executable. Descriptor
// 3: the socket to the keeper that has started it.
int HolderMain(int argc, char** argv);

}  // namespace raw_exec
