#include "thread_job.h"

#include <pthread.h>

#include "../core/glibc_floor.h"
#include "../core/sys.h"

namespace raw_exec::addon {
namespace {

constexpr size_t kStackSize = size_t{256} * 1024;

bool StartThread(void* (*main)(void*), void* argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread = 0;
  const AllSignalsBlocked inherited_by_the_thread;
  const int error = pthread_create(&thread, &attributes, main, argument);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

napi_value Refuse(napi_env env) {
  bool is_pending = false;
  napi_is_exception_pending(env, &is_pending);
  if (!is_pending) napi_throw_error(env, nullptr, "raw-exec could not start a thread");
  return nullptr;
}

}  // namespace

napi_value ThreadJob::Start(napi_env env, std::unique_ptr<ThreadJob> job) {
  napi_value promise = nullptr;
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "raw-exec", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr,
                                      Settle, &job->settle_) != napi_ok) {
    return Refuse(env);
  }
  if (napi_create_promise(env, &job->deferred_, &promise) != napi_ok ||
      !StartThread(Main, job.get())) {
    napi_release_threadsafe_function(job->settle_, napi_tsfn_abort);
    return Refuse(env);
  }
  (void)job.release();  // the thread's, and then Settle's
  return promise;
}

void* ThreadJob::Main(void* self) {
  UnblockLibcSignals();
  std::unique_ptr<ThreadJob> job(static_cast<ThreadJob*>(self));
  job->Run();
  napi_threadsafe_function settle = job->settle_;
  // Refused once the environment has gone: then nobody waits for the result.
  if (napi_call_threadsafe_function(settle, job.get(), napi_tsfn_nonblocking) != napi_ok) {
    return nullptr;
  }
  (void)job.release();
  napi_release_threadsafe_function(settle, napi_tsfn_release);
  return nullptr;
}

void ThreadJob::Settle(napi_env env, napi_value /*callback*/, void* /*context*/, void* self) {
  const std::unique_ptr<ThreadJob> job(static_cast<ThreadJob*>(self));
  if (env == nullptr) return;  // teardown: what was queued is only freed
  napi_value result = job->Result(env);
  if (result == nullptr) napi_get_undefined(env, &result);
  napi_resolve_deferred(env, job->deferred_, result);
}

}  // namespace raw_exec::addon
