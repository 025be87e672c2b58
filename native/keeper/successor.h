// The executable that is to take this process's place: looked at, tried, and become.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "../core/unique_fd.h"
#include "event_loop.h"

namespace raw_exec::keeper {

// Why it is not executed; empty when it may be. Whoever could write to it would be root, or us.
std::string FaultOfExecutable(int executable_fd);

// With the program's name, and with all that it needs to take over.
using Arguments = std::vector<std::string>;
Arguments WithMemfd(Arguments arguments, int memfd);

// A trial in a process of its own: the same arguments with `check-handover` before them. It says
// yes on its standard output, or why not, and has nothing of ours but the memfd.
class Trial {
 public:
  // `refusal` is empty when it said yes. Called once, in a later event.
  using OnVerdict = std::function<void(const std::string& refusal)>;

  // 0 or a positive errno. The descriptors are borrowed for the call.
  [[nodiscard]] int Start(EventLoop* loop, int executable_fd, int memfd, const Arguments& arguments,
                          OnVerdict on_verdict);

 private:
  void OnReadable();
  void Tell(const std::string& refusal);

  UniqueFd said_fd_;
  UniqueFd pidfd_;
  Watch watch_;  // after what it watches
  Timer deadline_;
  std::string said_;
  OnVerdict on_verdict_;
};

// Becomes the executable. `kept` survive it, beside 0 to 2. Returns only when that has failed, with
// a positive errno, and everything is as it was.
[[nodiscard]] int Become(int executable_fd, const Arguments& arguments,
                         const std::vector<int>& kept);

}  // namespace raw_exec::keeper
