// One environment's connection to the engine: `Binding` of src/native/spawning.ts.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "../core/spawn.h"
#include "boundary.h"
#include "exit_watcher.h"
#include "extras.h"
#include "text_block.h"

namespace raw_exec::addon {

class Binding {
 public:
  // The object for JavaScript; its functions refer to this binding, which the environment owns.
  static Napi::Value Make(Napi::Env env);

 private:
  explicit Binding(Napi::Env env);
  bool Init(Napi::Object object);
  bool CloseWithEnvironment();

  static napi_value Spawn(napi_env env, napi_callback_info info);
  static napi_value SpawnReaped(napi_env env, napi_callback_info info);
  static napi_value SpawnKept(napi_env env, napi_callback_info info);
  static napi_value Kill(napi_env env, napi_callback_info info);
  static napi_value SetReferenced(napi_env env, napi_callback_info info);
  static napi_value Forget(napi_env env, napi_callback_info info);
  static napi_value SetOnExits(napi_env env, napi_callback_info info);

  // With `reaped` the process gets a reaper.
  int32_t SpawnInHeldGroup(napi_env env, const napi_value* arguments, ReapedTask* reaped);
  int32_t SpawnFromRequest(napi_env env, const napi_value* arguments, HeldCgroup group,
                           ReapedTask* reaped);
  // 0, or what `spawn` returns besides a handle.
  int32_t ReadRequest(napi_env env, const napi_value* arguments, SpawnRequest* request);
  int32_t SendToKeeper(napi_env env, const napi_value* arguments, HeldCgroup group);
  SpawnResult StartHere(const SpawnRequest& request);
  int PrepareStdio(SpawnPlan* plan);
  int32_t FindClosedDescriptor() const;
  int32_t Fail(SpawnResult* result);
  int32_t Keep(SpawnResult* result, ReapedTask* reaped);
  void KeepReaper(ReapedTask* reaped);
  void ClosePipes(bool ours);

  napi_env env_;
  // Memory of the typed arrays, kept alive by references.
  int32_t* request_ = nullptr;
  int32_t* result_ = nullptr;
  double* exits_ = nullptr;
  // From the first start on: a program that only loads the library needs neither stack nor thread.
  std::optional<SpawnContext> context_;
  std::unique_ptr<ExitWatcher> watcher_;
  TextBlock file_;
  TextBlock argv_;
  TextBlock environment_;
  TextBlock cwd_;
  Extras extras_;
  StdioSlot stdio_[kMaxStdio] = {};
  int child_ends_[kMaxStdio] = {};
  char oom_score_adj_[16] = {};
  napi_ref arrays_ = nullptr;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
};

}  // namespace raw_exec::addon
