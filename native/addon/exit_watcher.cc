#include "exit_watcher.h"

#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "../core/late_reaper.h"
#include "../core/reaper_wire.h"
#include "../core/sys.h"
#include "../core/wait.h"
#include "boundary.h"

namespace raw_exec::addon {
namespace {

// From the reaper. Its end without a record means that nobody can say how the process ended: it
// then counts as lost to another waiter.
bool ReadExitRecord(int exit_fd, ExitInfo* info) {
  ExitRecord record = {};
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

bool TakeExit(const LiveProcess& process, ExitInfo* info) {
  const int fd = process.exit_fd.get();
  return process.has_reaper ? ReadExitRecord(fd, info)
                            : TryReap(process.pid, fd, process.is_pidfd, info);
}

}  // namespace

ExitWatcher::ExitWatcher(napi_env env, uv_loop_t* loop, double* exits)
    : env_(env), loop_(loop), exits_(exits) {}

ExitWatcher::~ExitWatcher() = default;

int ExitWatcher::Start() {
  if (is_closing_) return ECANCELED;
  if (is_started_) return 0;
  epoll_ = AboveStdio(UniqueFd(epoll_create1(EPOLL_CLOEXEC)));
  if (!epoll_) return errno;
  const int status = uv_poll_init(loop_, &poll_, epoll_.get());
  if (status != 0) return -status;
  poll_.data = this;
  uv_poll_start(&poll_, UV_READABLE, OnReadable);
  uv_unref(reinterpret_cast<uv_handle_t*>(&poll_));
  is_started_ = true;
  return 0;
}

int32_t ExitWatcher::Watch(LiveProcess&& process) {
  const int error = Start();
  if (error != 0) return -error;
  const int exit_fd = process.exit_fd.get();
  const bool is_referenced = process.is_referenced;
  const int32_t handle = table_.Add(std::move(process));
  if (handle < 0) return -EAGAIN;
  epoll_event event = {};
  // One notice each: the descriptor is closed afterwards without EPOLL_CTL_DEL, and a copy of it in
  // a child that has not reached execve yet would otherwise go on reporting.
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u32 = static_cast<uint32_t>(handle);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, exit_fd, &event) != 0) {
    const int failed = errno;
    process = std::move(*table_.Find(handle));
    table_.Remove(handle);
    return -failed;
  }
  if (is_referenced) CountReference(1);
  return handle;
}

void ExitWatcher::CountReference(int change) {
  references_ += change;
  uv_handle_t* handle = reinterpret_cast<uv_handle_t*>(&poll_);
  if (references_ > 0) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
}

void ExitWatcher::SetReferenced(int32_t handle, bool is_referenced) {
  LiveProcess* process = table_.Find(handle);
  if (process == nullptr || process->is_referenced == is_referenced) return;
  process->is_referenced = is_referenced;
  CountReference(is_referenced ? 1 : -1);
}

void ExitWatcher::Forget(int32_t handle) {
  LiveProcess* process = table_.Find(handle);
  if (process == nullptr) return;
  SetReferenced(handle, false);
  process->is_forgotten = true;
}

napi_status ExitWatcher::SetCallback(napi_value function) {
  if (callback_ != nullptr) napi_delete_reference(env_, callback_);
  callback_ = nullptr;
  if (context_ == nullptr) {
    napi_value resource = nullptr;
    napi_value name = nullptr;
    napi_status status = napi_create_object(env_, &resource);
    if (status == napi_ok) status = napi_create_reference(env_, resource, 1, &resource_);
    if (status == napi_ok) {
      status = napi_create_string_utf8(env_, "raw-exec", NAPI_AUTO_LENGTH, &name);
    }
    if (status == napi_ok) status = napi_async_init(env_, resource, name, &context_);
    if (status != napi_ok) return status;
  }
  return napi_create_reference(env_, function, 1, &callback_);
}

void ExitWatcher::OnReadable(uv_poll_t* handle, int /*status*/, int /*events*/) {
  static_cast<ExitWatcher*>(handle->data)->Drain();
}

// Until the set is empty, so that a burst is delivered in one turn.
void ExitWatcher::Drain() {
  epoll_event events[kExitBatch];
  for (;;) {
    int count = 0;
    do {
      count = epoll_wait(epoll_.get(), events, kExitBatch, 0);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) return;
    const size_t rows = FillBatch(events, count);
    // JavaScript runs here and may end the environment (process.exit in a listener): nothing of
    // ours is half-changed.
    if (rows > 0) Deliver(rows);
    if (count < static_cast<int>(kExitBatch) || is_closing_) return;
  }
}

size_t ExitWatcher::FillBatch(const void* list, int count) {
  const epoll_event* events = static_cast<const epoll_event*>(list);
  const double now_ms = static_cast<double>(MonotonicNs()) / 1e6;
  size_t rows = 0;
  for (int i = 0; i < count; ++i) {
    const int32_t handle = static_cast<int32_t>(events[i].data.u32);
    LiveProcess* process = table_.Find(handle);
    if (process == nullptr) continue;
    // Before it is reaped: until then its pid, and so the group's id, cannot belong to anybody
    // else.
    if (process->kills_group) RawSyscall(SYS_kill, -process->pid, SIGKILL);
    ExitInfo info;
    if (!TakeExit(*process, &info)) {
      epoll_event again = events[i];
      again.events = EPOLLIN | EPOLLONESHOT;
      epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, process->exit_fd.get(), &again);
      continue;
    }
    if (!process->is_forgotten) {
      double* row = exits_ + rows * kExitColumns;
      row[kExitHandle] = handle;
      row[kExitCode] = info.code;
      row[kExitSignal] = info.signal;
      row[kExitCoreDumped] = info.core_dumped ? 1 : 0;
      row[kExitUserCpuMs] = static_cast<double>(info.user_cpu_us) / 1e3;
      row[kExitSystemCpuMs] = static_cast<double>(info.system_cpu_us) / 1e3;
      row[kExitMaxRssBytes] = static_cast<double>(info.max_rss_bytes);
      row[kExitStartedMonotonicMs] = static_cast<double>(process->started_ns) / 1e6;
      row[kExitExitedMonotonicMs] = now_ms;
      row[kExitWaitErrno] = info.wait_errno;
      ++rows;
    }
    if (process->is_referenced) CountReference(-1);
    table_.Remove(handle);
  }
  return rows;
}

void ExitWatcher::Deliver(size_t count) {
  if (callback_ == nullptr) return;
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
  napi_value function = nullptr;
  napi_value receiver = nullptr;
  napi_value argument = nullptr;
  napi_get_reference_value(env_, callback_, &function);
  napi_get_reference_value(env_, resource_, &receiver);
  napi_create_uint32(env_, static_cast<uint32_t>(count), &argument);
  const napi_status status =
      napi_make_callback(env_, context_, receiver, function, 1, &argument, nullptr);
  if (status == napi_pending_exception) {
    napi_value error = nullptr;
    if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) {
      napi_fatal_exception(env_, error);
    }
  }
  napi_close_handle_scope(env_, scope);
}

void ExitWatcher::Close(void (*done)(void*), void* data) {
  is_closing_ = true;
  on_closed_ = done;
  on_closed_data_ = data;
  // What still runs goes on, and is reaped when it ends, so that a worker that ends leaves no
  // zombies behind.
  LateReaper reaper;
  table_.ForEach([&reaper](LiveProcess& process) {
    if (process.has_reaper) return;
    reaper.Add(process.pid, std::move(process.exit_fd), process.is_pidfd);
  });
  reaper.Start();
  if (callback_ != nullptr) napi_delete_reference(env_, callback_);
  if (resource_ != nullptr) napi_delete_reference(env_, resource_);
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  callback_ = nullptr;
  resource_ = nullptr;
  context_ = nullptr;
  if (!is_started_) {
    done(data);
    return;
  }
  // The descriptor is closed after the loop has let go of it, by our destructor.
  uv_poll_stop(&poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    ExitWatcher* self = static_cast<ExitWatcher*>(handle->data);
    self->on_closed_(self->on_closed_data_);
  });
}

}  // namespace raw_exec::addon
