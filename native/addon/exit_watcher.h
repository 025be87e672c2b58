// Notices exits on the environment's own event loop: all exit descriptors are in one epoll set, and
// the loop watches that set's descriptor. So a notice costs the same however many processes live,
// and a burst of exits is one turn of the loop.
//
// A descriptor enters the set just before the loop sleeps, not in the start: epoll_ctl is a
// twentieth of what a start takes, and nobody can be told before the loop turns anyway.
#pragma once

#include <node_api.h>
#include <uv.h>

#include <vector>

#include "process_table.h"

namespace raw_exec::addon {

class ExitWatcher {
 public:
  // `exits` has room for kExitBatch rows of kExitColumns numbers.
  ExitWatcher(napi_env env, uv_loop_t* loop, double* exits);
  ~ExitWatcher();
  ExitWatcher(const ExitWatcher&) = delete;
  ExitWatcher& operator=(const ExitWatcher&) = delete;

  // Makes ready to watch; to be called before a process is started, which would have to be killed
  // again if this failed. Returns 0 or a positive errno.
  int Start();

  // Takes the process. Returns its handle, or minus errno; then nobody watches it, and its
  // descriptors may be closed. Only EAGAIN (a million live already) and what Start returns.
  int32_t Watch(LiveProcess&& process);
  LiveProcess* Find(int32_t handle) { return table_.Find(handle); }
  void SetReferenced(int32_t handle, bool is_referenced);
  void Forget(int32_t handle);
  // Of what the start of a process has used up: closing takes a part of what a start does.
  void CloseLater(UniqueFd&& fd);
  napi_status SetCallback(napi_value function);

  // Before the environment ends: `done` is called when the loop has let go of us, and deletes us.
  void Close(void (*done)(void*), void* data);

 private:
  static void OnReadable(uv_poll_t* handle, int status, int events);
  static void BeforeSleep(uv_prepare_t* handle);
  static void OnRetry(uv_timer_t* handle);
  static void OnSpent(uv_timer_t* handle);
  static void OnHandleClosed(uv_handle_t* handle);
  void Register();
  bool Register(int32_t handle, LiveProcess* process);
  void CountRegistered(int32_t handle, int change);
  void Defer(int32_t handle);
  void Retry();
  void Drain();
  // Rows for those that have ended. Who has not is asked again by the timer when that was certain.
  size_t FillBatch(const void* events, int count, bool is_certain);
  void Deliver(size_t count);
  void CountReference(int change);

  napi_env env_;
  uv_loop_t* loop_;
  double* exits_;
  UniqueFd epoll_;
  uv_poll_t poll_ = {};
  uv_prepare_t prepare_ = {};
  uv_timer_t retry_ = {};
  uv_timer_t spent_timer_ = {};
  int open_handles_ = 0;
  // Started since the loop slept last: not in the epoll set yet.
  std::vector<int32_t> unregistered_;
  // Asked by a timer: no room in the epoll set (ENOSPC, ENOMEM), or dead and held by a tracer.
  std::vector<int32_t> deferred_;
  std::vector<UniqueFd> spent_;  // to be closed
  // Of those in the epoll set: how many, and their handles together, so that the last one is known.
  int registered_ = 0;
  int32_t registered_handles_ = 0;
  bool is_started_ = false;
  bool is_closing_ = false;
  int references_ = 0;
  napi_ref callback_ = nullptr;
  napi_ref resource_ = nullptr;
  napi_async_context context_ = nullptr;
  ProcessTable table_;
  void (*on_closed_)(void*) = nullptr;
  void* on_closed_data_ = nullptr;
};

}  // namespace raw_exec::addon
