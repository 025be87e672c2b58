// One piece of work on a thread of its own, with a promise for its result. Not on libuv's pool: a
// write that lowers a memory limit may last for minutes, and four of those would hold every file
// operation of the program.
#pragma once

#include <node_api.h>

#include <memory>

namespace raw_exec::addon {

class ThreadJob {
 public:
  ThreadJob() = default;
  virtual ~ThreadJob() = default;
  ThreadJob(const ThreadJob&) = delete;
  ThreadJob& operator=(const ThreadJob&) = delete;

  // On the thread.
  virtual void Run() = 0;
  // On the environment's thread: what the promise is resolved with.
  virtual napi_value Result(napi_env env) = 0;

  // The promise; null with an exception pending when there can be no thread. The job keeps the
  // event loop alive until it has been resolved.
  static napi_value Start(napi_env env, std::unique_ptr<ThreadJob> job);

 private:
  static void* Main(void* self);
  static void Settle(napi_env env, napi_value callback, void* context, void* self);

  napi_deferred deferred_ = nullptr;
  napi_threadsafe_function settle_ = nullptr;
};

}  // namespace raw_exec::addon
