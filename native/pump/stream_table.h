// All streams of a pump, and what each of them waits for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "../core/unique_fd.h"
#include "../core/wire/pump_messages.h"
#include "log_directory.h"
#include "log_stream.h"
#include "pace.h"
#include "pipe_size.h"
#include "scratch.h"

namespace raw_exec {

class StreamTable {
 public:
  using Ended = std::function<void(uint64_t stream, const wire::LogCounters& counters)>;

  // The streams become part of this epoll set, each under its own number.
  StreamTable(int epoll_fd, Ended ended) : epoll_fd_(epoll_fd), ended_(std::move(ended)) {}

  // Returns errno.
  int Open();

  LogFailure Add(const wire::PumpAdd& add, UniqueFd fifo, std::string_view directory,
                 std::string_view name);
  void Finish(uint64_t stream);
  void Remove(uint64_t stream);
  bool is_empty() const { return streams_.empty(); }
  bool Counters(uint64_t stream, wire::LogCounters* counters) const;

  // There is something in its FIFO, or nobody has that open for writing any more.
  void Ready(uint64_t stream, Pace* pace);
  // Tries again what is due. Returns when the next is, 0 for never.
  uint64_t RetryDue(uint64_t now_ns);

  // The keeper is gone: moves what is there and lets go of all FIFOs that others have open. Returns
  // whether any stream is left.
  bool LetGo();

 private:
  struct Entry {
    std::unique_ptr<LogStream> stream;
    bool is_watched = false;
    uint64_t retry_at_ns = 0;  // its place in retries_, 0 for none
  };
  using Table = std::unordered_map<uint64_t, Entry>;

  void Run(Table::iterator at);
  bool Watch(uint64_t number, Entry* entry);
  void Unwatch(Entry* entry);
  void Schedule(uint64_t number, Entry* entry, uint64_t at_ns);
  void End(Table::iterator at);
  void Erase(Table::iterator at);

  const int epoll_fd_;  // borrowed
  const Ended ended_;
  LogDirectories directories_;
  PipeBudget budget_;
  Scratch scratch_;
  Table streams_;
  std::multimap<uint64_t, uint64_t> retries_;  // when -> stream
};

}  // namespace raw_exec
