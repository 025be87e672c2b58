#include "descriptor_watch.h"

#include <iterator>
#include <utility>

namespace raw_exec::addon {
namespace {

// Setting a property may run a setter, so it is refused when nothing may run any more.
bool CanRunScript(napi_env env) {
  napi_value object = nullptr;
  return napi_create_object(env, &object) == napi_ok &&
         napi_set_element(env, object, 0, object) == napi_ok;
}

}  // namespace

Napi::Value DescriptorWatch::Start(Napi::Env env, DescriptorWatch* watch, UniqueFd fd,
                                   int uv_events, Napi::Function callback) {
  watch->env_ = env;
  watch->fd_ = std::move(fd);
  const int error = watch->StartPolling(uv_events);
  if (error != 0) {
    delete watch;
    return Napi::Number::New(env, error);
  }
  // From here on only the loop may delete it.
  napi_value name = nullptr;
  const auto cleanup = [](napi_async_cleanup_hook_handle, void* data) {
    static_cast<DescriptorWatch*>(data)->Close();
  };
  const bool is_ready =
      napi_create_reference(env, callback, 1, &watch->callback_) == napi_ok &&
      napi_create_string_utf8(env, "raw-exec", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_async_init(env, nullptr, name, &watch->context_) == napi_ok &&
      napi_add_async_cleanup_hook(env, cleanup, watch, &watch->cleanup_) == napi_ok;
  const Napi::Value object = is_ready ? watch->MakeObject(env) : env.Undefined();
  if (object.IsObject()) return object;
  watch->Close();
  return Napi::Number::New(env, UV_ENOMEM);
}

int DescriptorWatch::StartPolling(int uv_events) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env_, &loop) != napi_ok) return UV_ENOMEM;
  const int error = uv_poll_init(loop, &poll_, fd_.get());
  if (error != 0) return error;
  poll_.data = this;
  return SetEvents(uv_events);
}

// A handle that is stopped does not hold the event loop; one that waits for nothing would be told
// of hang-ups without end.
int DescriptorWatch::SetEvents(int uv_events) {
  if (uv_events == 0) return uv_poll_stop(&poll_);
  return uv_poll_start(&poll_, uv_events, OnEvent);
}

Napi::Value DescriptorWatch::MakeObject(Napi::Env env) {
  napi_value object = nullptr;
  if (napi_create_object(env, &object) != napi_ok) return env.Undefined();
  const napi_property_descriptor methods[] = {
      {"close", nullptr, CloseMethod, nullptr, nullptr, nullptr, napi_default_method, nullptr},
      {"setReferenced", nullptr, SetReferencedMethod, nullptr, nullptr, nullptr,
       napi_default_method, nullptr},
      {"setEvents", nullptr, SetEventsMethod, nullptr, nullptr, nullptr, napi_default_method,
       nullptr},
  };
  if (napi_define_properties(env, object, std::size(methods), methods) != napi_ok) {
    return env.Undefined();
  }
  Reference* reference = new Reference{this};
  const auto finalize = [](napi_env, void* data, void*) {
    Reference* gone = static_cast<Reference*>(data);
    if (gone->watch != nullptr) {
      gone->watch->reference_ = nullptr;
      gone->watch->Close();
    }
    delete gone;
  };
  if (napi_wrap(env, object, reference, finalize, nullptr, nullptr) != napi_ok) {
    delete reference;
    return env.Undefined();
  }
  reference_ = reference;
  return Napi::Value(env, object);
}

DescriptorWatch* DescriptorWatch::Of(napi_env env, napi_callback_info info, napi_value* argument) {
  size_t count = 1;
  napi_value receiver = nullptr;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, argument, &receiver, nullptr);
  if (napi_unwrap(env, receiver, &data) != napi_ok || data == nullptr) return nullptr;
  return static_cast<Reference*>(data)->watch;
}

napi_value DescriptorWatch::CloseMethod(napi_env env, napi_callback_info info) {
  napi_value ignored = nullptr;
  DescriptorWatch* watch = Of(env, info, &ignored);
  if (watch != nullptr) watch->Close();
  return nullptr;
}

napi_value DescriptorWatch::SetReferencedMethod(napi_env env, napi_callback_info info) {
  napi_value argument = nullptr;
  DescriptorWatch* watch = Of(env, info, &argument);
  if (watch == nullptr) return nullptr;
  bool is_referenced = true;
  napi_get_value_bool(env, argument, &is_referenced);
  uv_handle_t* handle = reinterpret_cast<uv_handle_t*>(&watch->poll_);
  if (is_referenced) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
  return nullptr;
}

napi_value DescriptorWatch::SetEventsMethod(napi_env env, napi_callback_info info) {
  napi_value argument = nullptr;
  DescriptorWatch* watch = Of(env, info, &argument);
  int32_t uv_events = 0;
  if (watch == nullptr || napi_get_value_int32(env, argument, &uv_events) != napi_ok) {
    return nullptr;
  }
  const int error = watch->SetEvents(uv_events);
  if (error != 0) napi_throw_error(env, nullptr, "cannot watch a descriptor");
  return nullptr;
}

void DescriptorWatch::OnEvent(uv_poll_t* handle, int /*status*/, int /*events*/) {
  DescriptorWatch* self = static_cast<DescriptorWatch*>(handle->data);
  if (self->is_closing_) return;
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(self->env_, &scope) != napi_ok) return;
  napi_env env = self->env_;
  // While the environment ends its loop turns once more before we are told: nothing can be made
  // then, and an attempt would abort the process.
  if (!CanRunScript(env)) {
    uv_poll_stop(handle);
    napi_close_handle_scope(env, scope);
    return;
  }
  napi_value arguments[kMaxArguments] = {};
  size_t count = 0;
  // JavaScript runs last: it may close the watch.
  if (self->OnReady(env, arguments, &count)) self->Call(arguments, count);
  napi_close_handle_scope(env, scope);
}

void DescriptorWatch::Call(napi_value* arguments, size_t count) {
  napi_value function = nullptr;
  napi_value receiver = nullptr;
  if (napi_get_reference_value(env_, callback_, &function) != napi_ok) return;
  if (napi_get_global(env_, &receiver) != napi_ok) return;
  napi_env env = env_;
  const napi_status status =
      napi_make_callback(env, context_, receiver, function, count, arguments, nullptr);
  if (status != napi_pending_exception) return;
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

void DescriptorWatch::ReleaseReferences() {
  if (reference_ != nullptr) reference_->watch = nullptr;
  reference_ = nullptr;
  if (callback_ != nullptr) napi_delete_reference(env_, callback_);
  callback_ = nullptr;
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  context_ = nullptr;
}

void DescriptorWatch::Close() {
  if (is_closing_) return;
  is_closing_ = true;
  uv_poll_stop(&poll_);
  // The descriptor is closed after the loop has let go of it.
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    DescriptorWatch* self = static_cast<DescriptorWatch*>(handle->data);
    napi_async_cleanup_hook_handle hook = self->cleanup_;
    delete self;
    if (hook != nullptr) napi_remove_async_cleanup_hook(hook);
  });
  ReleaseReferences();
}

}  // namespace raw_exec::addon
