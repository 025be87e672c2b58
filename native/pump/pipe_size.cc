#include "pipe_size.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "../core/unique_fd.h"

namespace raw_exec {
namespace {

constexpr long kLargest = 1024L * 1024;  // beyond that nothing gets faster

long ReadNumber(const char* path, long otherwise) {
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  char text[32] = {};
  if (!fd || read(fd.get(), text, sizeof(text) - 1) <= 0) return otherwise;
  return std::strtol(text, nullptr, 10);
}

}  // namespace

void PipeBudget::Open() {
  constexpr long kDefaultPages = 16384;
  const long pages = ReadNumber("/proc/sys/fs/pipe-user-pages-soft", kDefaultPages);
  // 0: there is no limit. Then we still take no more than where there is the usual one.
  left_ = (pages > 0 ? pages : kDefaultPages) * sysconf(_SC_PAGESIZE) / 2;
  largest_ = std::min(ReadNumber("/proc/sys/fs/pipe-max-size", kLargest), kLargest);
}

PipeSize::PipeSize(int fifo_fd) : fifo_fd_(fifo_fd), bytes_(fcntl(fifo_fd, F_GETPIPE_SZ)) {}

void PipeSize::Fit(size_t found, PipeBudget* budget) {
  constexpr long kFactor = 4;
  if (is_refused_ || static_cast<long>(found) < bytes_ - bytes_ / 4) return;
  const long wanted = std::min(bytes_ * kFactor, budget->largest());
  if (wanted <= bytes_ || !budget->Take(wanted - bytes_)) return;
  const int got = fcntl(fifo_fd_, F_SETPIPE_SZ, static_cast<int>(wanted));
  if (got < 0) {
    // EPERM: the user has more pipes than ours. Asking again at each burst would only cost.
    is_refused_ = true;
    budget->Give(wanted - bytes_);
    return;
  }
  taken_ += wanted - bytes_;
  bytes_ = got;
}

void PipeSize::GiveBack(PipeBudget* budget) {
  budget->Give(taken_);
  taken_ = 0;
}

}  // namespace raw_exec
