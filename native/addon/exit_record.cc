#include "exit_record.h"

#include <unistd.h>

#include <cerrno>

#include "../core/reaper_wire.h"

namespace raw_exec::addon {
namespace {

// From the reaper. Its end without a record means that nobody can say how the process ended: it
// then counts as lost to another waiter.
bool ReadReapedExit(int exit_fd, ExitInfo* info) {
  ReapedExit record = {};
  ssize_t got = 0;
  do {
    got = read(exit_fd, &record, sizeof(record));
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof(record))) {
    info->wait_errno = ECHILD;
    return true;
  }
  info->code = record.code;
  info->signal = record.signal;
  info->core_dumped = record.core_dumped != 0;
  info->user_cpu_us = record.user_cpu_us;
  info->system_cpu_us = record.system_cpu_us;
  info->max_rss_bytes = record.max_rss_bytes;
  return true;
}

}  // namespace

bool TakeExit(const LiveProcess& process, ExitInfo* info) {
  const int fd = process.exit_fd.get();
  return process.has_reaper ? ReadReapedExit(fd, info)
                            : TryReap(process.pid, fd, process.is_pidfd, info);
}

}  // namespace raw_exec::addon
