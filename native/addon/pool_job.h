// One piece of work on libuv's pool, with a promise for its result: for what file systems answer
// at once. What may last for minutes is a thread_job.
#pragma once

#include <node_api.h>

#include <memory>

namespace raw_exec::addon {

class PoolJob {
 public:
  PoolJob() = default;
  virtual ~PoolJob() = default;
  PoolJob(const PoolJob&) = delete;
  PoolJob& operator=(const PoolJob&) = delete;

  // On a thread of the pool.
  virtual void Run() = 0;
  // On the environment's thread: what the promise is resolved with.
  virtual napi_value Result(napi_env env) = 0;

  // The promise; null with an exception pending when the work cannot be queued.
  static napi_value Start(napi_env env, std::unique_ptr<PoolJob> job);

 private:
  static void Execute(napi_env env, void* self);
  static void Settle(napi_env env, napi_status status, void* self);

  napi_deferred deferred_ = nullptr;
  napi_async_work work_ = nullptr;
};

}  // namespace raw_exec::addon
