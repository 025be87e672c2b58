#include "exit_watcher.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "../core/late_reaper.h"
#include "../core/sys.h"
#include "../core/wait.h"
#include "boundary.h"
#include "exit_record.h"

namespace raw_exec::addon {
namespace {

// How long a notice may take for a process that the epoll set cannot tell of.
constexpr uint64_t kRetryMs = 10;
// How long descriptors that were used up may stay open.
constexpr uint64_t kSpentMs = 10;

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
  uv_prepare_init(loop_, &prepare_);
  uv_timer_init(loop_, &retry_);
  uv_timer_init(loop_, &spent_timer_);
  for (uv_handle_t* handle :
       {reinterpret_cast<uv_handle_t*>(&poll_), reinterpret_cast<uv_handle_t*>(&prepare_),
        reinterpret_cast<uv_handle_t*>(&retry_), reinterpret_cast<uv_handle_t*>(&spent_timer_)}) {
    handle->data = this;
    uv_unref(handle);  // only poll_ ever keeps the loop alive, see CountReference
  }
  open_handles_ = 4;
  uv_poll_start(&poll_, UV_READABLE, OnReadable);
  is_started_ = true;
  return 0;
}

int32_t ExitWatcher::Watch(LiveProcess&& process) {
  const int error = Start();
  if (error != 0) return -error;
  const bool is_referenced = process.is_referenced;
  const int32_t handle = table_.Add(std::move(process));
  if (handle < 0) return -EAGAIN;
  if (unregistered_.empty()) uv_prepare_start(&prepare_, BeforeSleep);
  unregistered_.push_back(handle);
  if (is_referenced) CountReference(1);
  return handle;
}

void ExitWatcher::BeforeSleep(uv_prepare_t* handle) {
  uv_prepare_stop(handle);
  static_cast<ExitWatcher*>(handle->data)->Register();
}

void ExitWatcher::Register() {
  for (const int32_t handle : unregistered_) {
    LiveProcess* process = table_.Find(handle);
    if (process != nullptr && !Register(handle, process)) Defer(handle);
  }
  unregistered_.clear();
}

// False when the kernel has no room: fs.epoll.max_user_watches, see epoll(7), or no memory.
bool ExitWatcher::Register(int32_t handle, LiveProcess* process) {
  epoll_event event = {};
  // One notice each: the descriptor is closed afterwards without EPOLL_CTL_DEL, and a copy of it in
  // a child that has not reached execve yet would otherwise go on reporting.
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u32 = static_cast<uint32_t>(handle);
  const int fd = process->exit_fd.get();
  process->is_registered = epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  if (process->is_registered) CountRegistered(handle, 1);
  return process->is_registered;
}

void ExitWatcher::CountRegistered(int32_t handle, int change) {
  registered_ += change;
  registered_handles_ ^= handle;
}

void ExitWatcher::Defer(int32_t handle) {
  if (deferred_.empty()) uv_timer_start(&retry_, OnRetry, kRetryMs, 0);
  deferred_.push_back(handle);
}

void ExitWatcher::OnRetry(uv_timer_t* handle) { static_cast<ExitWatcher*>(handle->data)->Retry(); }

// What has found room meanwhile is registered; of the others, those that have ended are delivered.
void ExitWatcher::Retry() {
  std::vector<int32_t> handles;
  handles.swap(deferred_);
  epoll_event events[kExitBatch];
  int count = 0;
  const auto deliver = [this, &events, &count] {
    const size_t rows = FillBatch(events, count, true);
    count = 0;
    if (rows > 0) Deliver(rows);
  };
  for (const int32_t handle : handles) {
    LiveProcess* process = table_.Find(handle);
    if (process == nullptr || is_closing_) continue;
    if (!process->is_registered && Register(handle, process)) continue;
    pollfd descriptor = {process->exit_fd.get(), POLLIN, 0};
    if (poll(&descriptor, 1, 0) != 1) {
      Defer(handle);
      continue;
    }
    events[count].data.u32 = static_cast<uint32_t>(handle);
    if (++count == static_cast<int>(kExitBatch)) deliver();
  }
  if (count > 0 && !is_closing_) deliver();
}

void ExitWatcher::CloseLater(UniqueFd&& fd) {
  // Without a loop there is no later.
  if (!is_started_ || is_closing_) return fd.Reset();
  if (spent_.empty()) uv_timer_start(&spent_timer_, OnSpent, kSpentMs, 0);
  spent_.push_back(std::move(fd));
}

void ExitWatcher::OnSpent(uv_timer_t* handle) {
  static_cast<ExitWatcher*>(handle->data)->spent_.clear();
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
  // With a single process nobody has to be asked which one has ended; but the set may tell of one
  // that was reaped before, while a child on its way to execve holds a copy of its descriptor.
  if (registered_ == 1) {
    events[0].data.u32 = static_cast<uint32_t>(registered_handles_);
    const size_t rows = FillBatch(events, 1, false);
    if (rows > 0) {
      Deliver(rows);
      return;
    }
  }
  for (;;) {
    int count = 0;
    do {
      count = epoll_wait(epoll_.get(), events, kExitBatch, 0);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) return;
    const size_t rows = FillBatch(events, count, true);
    // JavaScript runs here and may end the environment (process.exit in a listener): nothing of
    // ours is half-changed.
    if (rows > 0) Deliver(rows);
    if (count < static_cast<int>(kExitBatch) || is_closing_) return;
  }
}

size_t ExitWatcher::FillBatch(const void* list, int count, bool is_certain) {
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
      // Dead, but its tracer has not let go of it, see ptrace(2). Its descriptor stays readable:
      // watching it would spin.
      if (is_certain) Defer(handle);
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
    if (process->is_registered) CountRegistered(handle, -1);
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
    reaper.Add(process.pid, std::move(process.exit_fd), process.is_pidfd, process.kills_group);
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
  // The descriptor is closed after the loop has let go of all handles, by our destructor.
  uv_poll_stop(&poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnHandleClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), OnHandleClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&retry_), OnHandleClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&spent_timer_), OnHandleClosed);
}

void ExitWatcher::OnHandleClosed(uv_handle_t* handle) {
  ExitWatcher* self = static_cast<ExitWatcher*>(handle->data);
  if (--self->open_handles_ == 0) self->on_closed_(self->on_closed_data_);
}

}  // namespace raw_exec::addon
