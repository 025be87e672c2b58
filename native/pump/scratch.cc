#include "scratch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace raw_exec {

int Scratch::Open() {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
  pipe_out.Reset(ends[0]);
  pipe_in.Reset(ends[1]);
  // Pages that are half full take as much room in a pipe as full ones. Refused beyond the user's
  // limit of pipe memory: then less is seen at a time, which is all.
  constexpr int kPipeSize = 4 * static_cast<int>(kScratchSize);
  (void)fcntl(pipe_in.get(), F_SETPIPE_SZ, kPipeSize);
  return 0;
}

}  // namespace raw_exec
