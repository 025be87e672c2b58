#include "binding.h"

#include <cerrno>

#include "../core/fd_slots.h"
#include "../core/sys.h"
#include "../core/wait.h"
#include "binding_call.h"

namespace raw_exec::addon {
namespace {

constexpr size_t kRequestSize = kRequestStdio + kMaxStdio;
constexpr size_t kResultSize = kResultPipes + kMaxStdio;

}  // namespace

Binding::Binding(Napi::Env env) : env_(env) {}

Napi::Value Binding::Make(Napi::Env env) {
  FdSlots::Get();
  Napi::Object object = Napi::Object::New(env);
  // Deleted by the cleanup hook, after the event loop has let go of the watcher.
  Binding* binding = new Binding(env);
  if (!binding->Init(object)) {
    delete binding;
    if (!env.IsExceptionPending()) {
      Napi::Error::New(env, "raw-exec could not get memory for its engine")
          .ThrowAsJavaScriptException();
    }
    return env.Undefined();
  }
  return object;
}

bool Binding::Init(Napi::Object object) {
  const Napi::Env env = object.Env();
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return false;

  const Napi::Int32Array request = Napi::Int32Array::New(env, kRequestSize);
  const Napi::Int32Array result = Napi::Int32Array::New(env, kResultSize);
  const Napi::Float64Array exits = Napi::Float64Array::New(env, kExitBatch * kExitColumns);
  // The memory of an ArrayBuffer does not move; these references keep it.
  Napi::Array arrays = Napi::Array::New(env, 3);
  if (arrays.Set(0U, request).IsNothing() || arrays.Set(1U, result).IsNothing() ||
      arrays.Set(2U, exits).IsNothing() ||
      napi_create_reference(env, arrays, 1, &arrays_) != napi_ok) {
    return false;
  }
  request_ = const_cast<Napi::Int32Array&>(request).Data();
  request_[kRequestHeldCgroup] = -1;
  request_[kRequestHeldCgroupEvents] = -1;
  result_ = const_cast<Napi::Int32Array&>(result).Data();
  exits_ = const_cast<Napi::Float64Array&>(exits).Data();
  watcher_ = std::make_unique<ExitWatcher>(env, loop, exits_);

  const auto method = [this](const char* name, napi_callback callback) {
    return napi_property_descriptor{
        name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, this};
  };
  const auto value = [](const char* name, napi_value held) {
    return napi_property_descriptor{name,    nullptr, nullptr,         nullptr,
                                    nullptr, held,    napi_enumerable, nullptr};
  };
  const napi_property_descriptor properties[] = {
      value("request", request),
      value("result", result),
      value("exits", exits),
      method("spawn", Spawn),
      method("spawnReaped", SpawnReaped),
      method("spawnKept", SpawnKept),
      method("kill", Kill),
      method("setReferenced", SetReferenced),
      method("forget", Forget),
      {"onExits", nullptr, nullptr, nullptr, SetOnExits, nullptr, napi_enumerable, this},
  };
  if (napi_define_properties(env, object, std::size(properties), properties) != napi_ok) {
    return false;
  }
  return CloseWithEnvironment();
}

// Asynchronous: the loop must turn once more to close the watcher's handle.
bool Binding::CloseWithEnvironment() {
  const auto cleanup = [](napi_async_cleanup_hook_handle handle, void* data) {
    Binding* binding = static_cast<Binding*>(data);
    binding->cleanup_ = handle;
    napi_delete_reference(binding->env_, binding->arrays_);
    binding->watcher_->Close(
        [](void* closed) {
          Binding* self = static_cast<Binding*>(closed);
          napi_async_cleanup_hook_handle hook = self->cleanup_;
          delete self;
          napi_remove_async_cleanup_hook(hook);
        },
        binding);
  };
  return napi_add_async_cleanup_hook(env_, cleanup, this, &cleanup_) == napi_ok;
}

napi_value Binding::Kill(napi_env env, napi_callback_info info) {
  const Call<3> call(env, info);
  LiveProcess* process = call.binding->watcher_->Find(ToInt32(env, call.arguments[0]));
  if (process == nullptr) return Int32(env, ESRCH);
  const int32_t signal = ToInt32(env, call.arguments[1]);
  if (ToBool(env, call.arguments[2])) {
    // It was not reaped, so its pid, which is the group's id, is still its own.
    return Int32(env, static_cast<int32_t>(-RawSyscall(SYS_kill, -process->pid, signal)));
  }
  // A reaper keeps the pid taken until we let go of it.
  const bool is_pidfd = process->has_reaper ? static_cast<bool>(process->pidfd) : process->is_pidfd;
  const UniqueFd& fd = process->has_reaper ? process->pidfd : process->exit_fd;
  return Int32(env, SendSignal(process->pid, fd.get(), is_pidfd, signal));
}

napi_value Binding::SetReferenced(napi_env env, napi_callback_info info) {
  const Call<2> call(env, info);
  call.binding->watcher_->SetReferenced(ToInt32(env, call.arguments[0]),
                                        ToBool(env, call.arguments[1]));
  return nullptr;
}

napi_value Binding::Forget(napi_env env, napi_callback_info info) {
  const Call<1> call(env, info);
  call.binding->watcher_->Forget(ToInt32(env, call.arguments[0]));
  return nullptr;
}

napi_value Binding::SetOnExits(napi_env env, napi_callback_info info) {
  const Call<1> call(env, info);
  if (call.binding->watcher_->SetCallback(call.arguments[0]) != napi_ok) {
    napi_throw_type_error(env, nullptr, "onExits must be a function");
  }
  return nullptr;
}

}  // namespace raw_exec::addon
