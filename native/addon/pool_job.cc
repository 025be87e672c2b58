#include "pool_job.h"

namespace raw_exec::addon {

napi_value PoolJob::Start(napi_env env, std::unique_ptr<PoolJob> job) {
  napi_value promise = nullptr;
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "raw-exec", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, nullptr, name, Execute, Settle, job.get(), &job->work_) !=
          napi_ok ||
      napi_create_promise(env, &job->deferred_, &promise) != napi_ok ||
      napi_queue_async_work(env, job->work_) != napi_ok) {
    if (job->work_ != nullptr) napi_delete_async_work(env, job->work_);
    bool is_pending = false;
    napi_is_exception_pending(env, &is_pending);
    if (!is_pending) napi_throw_error(env, nullptr, "raw-exec could not queue work for the pool");
    return nullptr;
  }
  (void)job.release();  // the pool's, and then Settle's
  return promise;
}

void PoolJob::Execute(napi_env /*env*/, void* self) { static_cast<PoolJob*>(self)->Run(); }

void PoolJob::Settle(napi_env env, napi_status status, void* self) {
  const std::unique_ptr<PoolJob> job(static_cast<PoolJob*>(self));
  napi_delete_async_work(env, job->work_);
  // The environment is ending, and nobody waits any more.
  if (status == napi_cancelled) return;
  napi_value result = job->Result(env);
  if (result == nullptr) napi_get_undefined(env, &result);
  napi_resolve_deferred(env, job->deferred_, result);
}

}  // namespace raw_exec::addon
