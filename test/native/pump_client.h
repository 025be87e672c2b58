// A pump as its keeper sees it: a process, a socket, FIFOs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../../native/core/unique_fd.h"
#include "../../native/core/wire/pump_messages.h"
#include "eventually.h"

namespace raw_exec::test {

// A directory under /tmp that is gone at the end, with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A FIFO that a task has open. `writer` is opened for both, as a task's end is.
struct Fifo {
  explicit Fifo(const std::string& at);
  UniqueFd Reader() const;  // one of its own each time, as the keeper makes it

  std::string path;
  UniqueFd writer;
};

wire::LogSpec Spec(int64_t max_file_size = int64_t{1} << 40, int max_files = 1000);

struct PumpMessage {
  wire::PumpKind kind;
  uint64_t request = 0;
  uint64_t stream = 0;
  int error = 0;                                        // of `added`
  wire::PumpRefusal refusal = wire::PumpRefusal::none;  // of `added`
  std::string entry;                                    // of `added`
  wire::LogCounters counters = {};
};

class Pump {
 public:
  // Arguments behind `raw-exec-keeper pump`.
  explicit Pump(std::vector<std::string> arguments = {});
  ~Pump();  // kills it
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  pid_t pid() const { return pid_; }
  int socket_fd() const { return socket_.get(); }
  void SendAdd(uint64_t stream, UniqueFd fifo, const wire::LogSpec& spec,
               const std::string& directory, const std::string& name, uint64_t request = 1);
  void Send(wire::PumpKind kind, uint64_t stream, uint64_t request = 0);

  // Sends and waits for `added`.
  PumpMessage Add(uint64_t stream, UniqueFd fifo, const wire::LogSpec& spec,
                  const std::string& directory, const std::string& name);
  // Sends `finish` or `remove` and waits for `ended`.
  wire::LogCounters End(uint64_t stream, wire::PumpKind how = wire::PumpKind::finish);
  wire::LogCounters Ask(uint64_t stream);

  // The next message of any kind; nothing when the pump has closed the socket.
  std::optional<PumpMessage> Next();
  PumpMessage Await(wire::PumpKind kind, uint64_t stream);

  void Kill();
  // As a keeper that has died.
  void Close() { socket_.Reset(); }
  // Returns the exit code.
  int WaitForEnd();
  // Whether it has this file open.
  bool Holds(const std::string& path) const;

 private:
  pid_t pid_ = -1;
  UniqueFd socket_;
};

std::string ReadAll(const std::string& path);
// NAME.0, NAME.1, ... one behind the other, those that are there.
std::string ReadLogs(const std::string& directory, const std::string& name);
std::vector<uint64_t> LogNumbers(const std::string& directory, const std::string& name);
void WriteAll(int fd, const std::string& bytes);

}  // namespace raw_exec::test
