// The FIFOs of a task's logged streams, in its directory.
#pragma once

#include <cstdint>

#include "../core/records/task_record.h"
#include "../core/unique_fd.h"

namespace raw_exec::keeper {

struct LogFifo {
  UniqueFd reader;  // O_NONBLOCK
  UniqueFd writer;  // O_RDWR: its program never gets SIGPIPE
};

// `stream` is 0 for stdout, 1 for stderr. 0 or a positive errno; what was made stays.
[[nodiscard]] int MakeLogFifo(int tasks_fd, uint64_t serial, int stream, const wire::LogSpec& spec,
                              LogFifo* fifo);

// A reading end of one that is there, unless *reader is that already; ENOENT when its log has
// ended.
[[nodiscard]] int ReopenLogFifo(int tasks_fd, uint64_t serial, int stream, UniqueFd* reader);

// Whether somebody has it open for writing.
[[nodiscard]] bool HasLogWriter(int reader_fd);

void RemoveLogFifo(int tasks_fd, uint64_t serial, int stream);

}  // namespace raw_exec::keeper
