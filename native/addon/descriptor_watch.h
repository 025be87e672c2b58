// One descriptor on the environment's event loop, as an object for JavaScript with `close`,
// `setReferenced` and `setEvents`.
#pragma once

#include <napi.h>
#include <uv.h>

#include "../core/unique_fd.h"

namespace raw_exec::addon {

// Lives until the loop has let go of its handle: after Close(), or before the environment ends.
class DescriptorWatch {
 public:
  virtual ~DescriptorWatch() = default;
  DescriptorWatch(const DescriptorWatch&) = delete;
  DescriptorWatch& operator=(const DescriptorWatch&) = delete;

  // Begins to watch `fd` for these events, none or some, and owns it from then on. Returns the
  // object, which holds the event loop; or minus errno as a number: then `watch` has been deleted.
  static Napi::Value Start(Napi::Env env, DescriptorWatch* watch, UniqueFd fd, int uv_events,
                           Napi::Function callback);

 protected:
  DescriptorWatch() = default;

  // Something has happened. Fills in the arguments of the callback, and says whether it is to be
  // called.
  virtual bool OnReady(Napi::Env env, napi_value* arguments, size_t* count) = 0;

  static constexpr size_t kMaxArguments = 4;
  int fd() const { return fd_.get(); }

 private:
  // What the object of JavaScript holds: it may outlive the watch, and the other way round.
  struct Reference {
    DescriptorWatch* watch;
  };

  static DescriptorWatch* Of(napi_env env, napi_callback_info info, napi_value* argument);
  static napi_value CloseMethod(napi_env env, napi_callback_info info);
  static napi_value SetReferencedMethod(napi_env env, napi_callback_info info);
  static napi_value SetEventsMethod(napi_env env, napi_callback_info info);
  static void OnEvent(uv_poll_t* handle, int status, int events);
  Napi::Value MakeObject(Napi::Env env);
  int StartPolling(int uv_events);
  int SetEvents(int uv_events);
  void Call(napi_value* arguments, size_t count);
  void Close();
  void ReleaseReferences();

  napi_env env_ = nullptr;
  UniqueFd fd_;
  uv_poll_t poll_ = {};
  bool is_closing_ = false;
  Reference* reference_ = nullptr;
  napi_ref callback_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
};

}  // namespace raw_exec::addon
