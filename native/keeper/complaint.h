// What the keeper says to the person or program that started it, before it serves.
#pragma once

#include <string>

namespace raw_exec::keeper {

// How the executable ends. The numbers are part of the boundary: docs/keeper.md.
enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  locked = 75,  // EX_TEMPFAIL: another keeper serves this directory: connect to it
  refused = 3,  // the state directory is not safe to use
};

struct Complaint {
  ExitCode code = ExitCode::ok;
  std::string text;

  explicit operator bool() const { return code != ExitCode::ok; }
};

// "cannot ACTION: reason of errno"
Complaint Failure(const std::string& action, int error, ExitCode code = ExitCode::failed);

// To standard error, a line.
void Print(const Complaint& complaint);

}  // namespace raw_exec::keeper
