#include "stream_table.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>

#include "../core/sys.h"

namespace raw_exec {
namespace {

using wire::PumpRefusal;

constexpr uint32_t kPermissions = 0777;

bool IsReadingEnd(int fd) {
  struct stat info = {};
  if (fstat(fd, &info) != 0 || !S_ISFIFO(info.st_mode)) return false;
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY && (flags & O_NONBLOCK) != 0;
}

bool IsLimitsGood(const wire::LogSpec& spec) {
  return spec.max_files >= 1 && spec.max_file_size >= 1 && (spec.mode & ~kPermissions) == 0 &&
         (spec.pump == static_cast<int32_t>(wire::LogPump::splice) ||
          spec.pump == static_cast<int32_t>(wire::LogPump::copy)) &&
         (spec.when_full == static_cast<int32_t>(wire::LogFull::block) ||
          spec.when_full == static_cast<int32_t>(wire::LogFull::drop));
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= wire::kMaxLogName &&
         name.find('/') == std::string_view::npos;
}

// Whether somebody has the FIFO open for writing.
bool HasWriter(int fifo_fd) {
  pollfd one = {fifo_fd, POLLIN, 0};
  return poll(&one, 1, 0) < 0 || (one.revents & POLLHUP) == 0;
}

}  // namespace

int StreamTable::Open() {
  budget_.Open();
  return scratch_.Open();
}

LogFailure StreamTable::Add(const wire::PumpAdd& add, UniqueFd fifo, std::string_view directory,
                            std::string_view name) {
  const wire::LogSpec& spec = add.spec;
  if (!IsLimitsGood(spec) || !IsName(name)) return {EINVAL, PumpRefusal::malformed, ""};
  if (streams_.contains(add.stream)) return {EEXIST, PumpRefusal::exists, ""};
  if (!fifo || !IsReadingEnd(fifo.get())) return {EBADF, PumpRefusal::descriptor, ""};
  std::shared_ptr<LogDirectory> held;
  if (LogFailure failure = directories_.Open(directory, &held)) return failure;
  RotatedFiles files(std::move(held), std::string(name), {spec.mode, spec.uid, spec.gid},
                     {spec.max_files, spec.max_file_size});
  if (LogFailure failure = files.Open()) return failure;
  Entry entry;
  entry.stream = std::make_unique<LogStream>(std::move(fifo), spec, std::move(files), &scratch_);
  if (!Watch(add.stream, &entry)) return {errno, PumpRefusal::watch, ""};
  streams_.emplace(add.stream, std::move(entry));
  return {};
}

bool StreamTable::Watch(uint64_t number, Entry* entry) {
  if (entry->is_watched) return true;
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = number;
  entry->is_watched = epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, entry->stream->fifo_fd(), &event) == 0;
  return entry->is_watched;
}

void StreamTable::Unwatch(Entry* entry) {
  // Closing would not do it: the keeper may have the same open file description.
  if (entry->is_watched) epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, entry->stream->fifo_fd(), nullptr);
  entry->is_watched = false;
}

void StreamTable::Schedule(uint64_t number, Entry* entry, uint64_t at_ns) {
  if (entry->retry_at_ns == at_ns) return;
  if (entry->retry_at_ns != 0) {
    auto [at, end] = retries_.equal_range(entry->retry_at_ns);
    while (at != end && at->second != number) ++at;
    if (at != end) retries_.erase(at);
  }
  entry->retry_at_ns = at_ns;
  if (at_ns != 0) retries_.emplace(at_ns, number);
}

void StreamTable::Run(Table::iterator at) {
  Entry& entry = at->second;
  const StreamState state = entry.stream->Run(MonotonicNs());
  if (state == StreamState::ended) return End(at);
  entry.stream->pipe_size().Fit(entry.stream->moved(), &budget_);
  Schedule(at->first, &entry, entry.stream->retry_at_ns());
  if (state == StreamState::blocked) return Unwatch(&entry);
  // Without memory for it, it is tried again like a disk that is full.
  if (!Watch(at->first, &entry)) {
    constexpr uint64_t kLaterNs = 100'000'000;
    Schedule(at->first, &entry, MonotonicNs() + kLaterNs);
  }
}

void StreamTable::Finish(uint64_t stream) {
  const auto at = streams_.find(stream);
  if (at == streams_.end()) return;
  at->second.stream->Finish();
  Run(at);
}

void StreamTable::Remove(uint64_t stream) {
  const auto at = streams_.find(stream);
  if (at == streams_.end()) return;
  at->second.stream->CountRestAsDropped();
  End(at);
}

bool StreamTable::Counters(uint64_t stream, wire::LogCounters* counters) const {
  const auto at = streams_.find(stream);
  if (at == streams_.end()) return false;
  *counters = at->second.stream->Counters(MonotonicNs(), false);
  return true;
}

void StreamTable::Ready(uint64_t stream, Pace* pace) {
  const auto at = streams_.find(stream);
  if (at == streams_.end() || !at->second.is_watched) return;
  const long capacity = at->second.stream->pipe_size().bytes();
  LogStream* const running = at->second.stream.get();
  Run(at);
  if (streams_.contains(stream)) pace->Moved(running->moved(), capacity);
}

uint64_t StreamTable::RetryDue(uint64_t now_ns) {
  while (!retries_.empty() && retries_.begin()->first <= now_ns) {
    const auto at = streams_.find(retries_.begin()->second);
    retries_.erase(retries_.begin());
    if (at == streams_.end()) continue;
    at->second.retry_at_ns = 0;
    Run(at);
  }
  return retries_.empty() ? 0 : retries_.begin()->first;
}

bool StreamTable::LetGo() {
  for (auto at = streams_.begin(); at != streams_.end();) {
    const auto next = std::next(at);
    Entry& entry = at->second;
    const bool has_writer = HasWriter(entry.stream->fifo_fd());
    StreamState state = StreamState::open;
    // With nobody to write to it, all that is in it is the rest.
    do {
      state = entry.stream->Run(MonotonicNs());
    } while (!has_writer && state == StreamState::open && entry.stream->moved() > 0);
    const bool is_left = !has_writer && state == StreamState::blocked && entry.stream->is_full();
    if (is_left) {
      Unwatch(&entry);
      Schedule(at->first, &entry, entry.stream->retry_at_ns());
    } else {
      Erase(at);
    }
    at = next;
  }
  return !streams_.empty();
}

void StreamTable::End(Table::iterator at) {
  const wire::LogCounters counters = at->second.stream->Counters(MonotonicNs(), true);
  const uint64_t stream = at->first;
  Erase(at);
  ended_(stream, counters);
}

void StreamTable::Erase(Table::iterator at) {
  Unwatch(&at->second);
  Schedule(at->first, &at->second, 0);
  at->second.stream->pipe_size().GiveBack(&budget_);
  streams_.erase(at);
}

}  // namespace raw_exec
