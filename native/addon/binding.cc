#include "binding.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "../core/fd_slots.h"
#include "../core/sys.h"
#include "../core/wait.h"

extern char** environ;  // NOLINT: environ(7) has no other declaration in POSIX

namespace raw_exec::addon {
namespace {

constexpr size_t kRequestSize = kRequestStdio + kMaxStdio;
constexpr size_t kResultSize = kResultPipes + kMaxStdio;

napi_value Int32(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

int32_t ToInt32(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return number;
}

bool ToBool(napi_env env, napi_value value) {
  bool flag = false;
  napi_get_value_bool(env, value, &flag);
  return flag;
}

bool IsUndefined(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type == napi_undefined;
}

// The arguments of a call, and the binding that its function belongs to.
template <size_t kCount>
struct Call {
  Call(napi_env env, napi_callback_info info) {
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
    binding = static_cast<Binding*>(data);
  }
  size_t count = kCount;
  napi_value arguments[kCount] = {};
  Binding* binding = nullptr;
};

}  // namespace

Binding::Binding(Napi::Env env) : env_(env) {}

Napi::Value Binding::Make(Napi::Env env) {
  FdSlots::Get();
  Napi::Object object = Napi::Object::New(env);
  // Deleted by the cleanup hook, after the event loop has let go of the watcher.
  Binding* binding = new Binding(env);
  if (!binding->context_ || !binding->Init(object)) {
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
      method("kill", Kill),
      method("setReferenced", SetReferenced),
      method("killGroupAtExit", KillGroupAtExit),
      method("forget", Forget),
      {"onExits", nullptr, nullptr, nullptr, SetOnExits, nullptr, napi_enumerable, this},
  };
  if (napi_define_properties(env, object, std::size(properties), properties) != napi_ok) {
    return false;
  }
  // Asynchronous: the loop must turn once more to close the watcher's handle.
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
  return napi_add_async_cleanup_hook(env, cleanup, this, &cleanup_) == napi_ok;
}

napi_value Binding::Spawn(napi_env env, napi_callback_info info) {
  const Call<5> call(env, info);
  return Int32(env, call.binding->SpawnInHeldGroup(env, call.arguments, nullptr));
}

// One argument more: whether everything is killed when this process ends.
napi_value Binding::SpawnReaped(napi_env env, napi_callback_info info) {
  const Call<6> call(env, info);
  ReapedTask reaped;
  reaped.kills_when_alone = ToBool(env, call.arguments[5]);
  return Int32(env, call.binding->SpawnInHeldGroup(env, call.arguments, &reaped));
}

// The descriptors of a group that was handed over for this start are closed with it.
int32_t Binding::SpawnInHeldGroup(napi_env env, const napi_value* arguments, ReapedTask* reaped) {
  const UniqueFd group(std::exchange(request_[kRequestHeldCgroup], -1));
  const UniqueFd events(std::exchange(request_[kRequestHeldCgroupEvents], -1));
  return SpawnFromRequest(env, arguments, {group.get(), events.get()}, reaped);
}

int32_t Binding::SpawnFromRequest(napi_env env, const napi_value* arguments, HeldCgroup group,
                                  ReapedTask* reaped) {
  SpawnRequest request;
  request.held_cgroup = group;
  request.reaped = reaped;
  SpawnPlan& plan = request.plan;
  const int32_t envc = request_[kRequestEnvc];
  if (!file_.Read(env, arguments[0]) || !argv_.Read(env, arguments[1]) ||
      (envc >= 0 && !environment_.Read(env, arguments[2]))) {
    napi_throw_type_error(env, nullptr, "spawn takes file, argv, env, cwd and extras");
    return kSpawnFailed;
  }
  if (!file_.Split(1) || !argv_.Split(request_[kRequestArgc]) ||
      (envc >= 0 && !environment_.Split(envc))) {
    return kBlockMismatch;
  }
  plan.file = file_.text();
  plan.argv = argv_.strings();
  plan.envp = envc >= 0 ? environment_.strings() : environ;
  if (!IsUndefined(env, arguments[3])) {
    if (!cwd_.Read(env, arguments[3]) || !cwd_.Split(1)) return kBlockMismatch;
    plan.cwd = cwd_.text();
  }
  plan.umask = -1;
  const bool has_extras = !IsUndefined(env, arguments[4]);
  if (has_extras && !extras_.Read(env, Napi::Value(env, arguments[4]), &request)) {
    return kSpawnFailed;
  }

  const int32_t flags = request_[kRequestFlags];
  plan.process_group = request_[kRequestProcessGroup];
  plan.parent_death_signal = request_[kRequestParentDeathSignal];
  plan.new_session = (flags & kNewSession) != 0;
  plan.no_new_privs = (flags & kNoNewPrivs) != 0;
  plan.controlling_terminal = (flags & kControllingTerminal) != 0;
  request.exec_deadline_ms = request_[kRequestExecDeadlineMs];
  if ((flags & kOomScoreAdj) != 0) {
    (void)std::snprintf(oom_score_adj_, sizeof(oom_score_adj_), "%d",
                        request_[kRequestOomScoreAdj]);
    plan.oom_score_adj = oom_score_adj_;
  }

  SpawnResult result;
  const int32_t closed_slot = FindClosedDescriptor();
  int error = PrepareStdio(&plan);
  if (error == 0) error = watcher_->Start();
  if (closed_slot >= 0) {
    result.FailAt(Step::stdio, EBADF, closed_slot);
  } else if (error != 0) {
    result.FailAt(Step::prepare, error);
  } else {
    result = context_.Spawn(request);
  }
  ClosePipes(false);
  return result.error != 0 ? Fail(&result) : Keep(&result, reaped);
}

int32_t Binding::Fail(SpawnResult* result) {
  ClosePipes(true);
  result_[kResultErrno] = result->error;
  result_[kResultStep] = static_cast<int32_t>(result->step);
  result_[kResultFailureFlags] = result->flags;
  result_[kResultDetail] = result->detail;
  result_[kResultPid] = result->pid;
  result_[kResultPath] = static_cast<int32_t>(result->path);
  if ((result->flags & kStuck) != 0) {
    // It cannot be killed now, but it will end one day, and is reaped then.
    LiveProcess process;
    process.pid = result->pid;
    process.exit_fd = std::move(result->exit_fd);
    process.is_pidfd = result->is_pidfd;
    process.is_forgotten = true;
    if (watcher_->Watch(std::move(process)) < 0) {
      result_[kResultFailureFlags] =
          result->flags;  // it stays a zombie until we end: nothing better can be done
    }
  }
  return kSpawnFailed;
}

// It is ours to reap, and nobody's business when it ends: that shows by its socket.
void Binding::KeepReaper(ReapedTask* reaped) {
  LiveProcess process;
  process.pid = reaped->reaper_pid;
  process.exit_fd = std::move(reaped->reaper_exit_fd);
  process.is_pidfd = reaped->reaper_is_pidfd;
  process.is_forgotten = true;
  watcher_->Watch(std::move(process));  // a failure leaves a zombie in the end, no more
  result_[kResultReaperPid] = reaped->reaper_pid;
  result_[kResultControl] = reaped->control.Release();
}

int32_t Binding::Keep(SpawnResult* result, ReapedTask* reaped) {
  LiveProcess process;
  if (reaped != nullptr) {
    process.has_reaper = true;
    process.pidfd = std::move(reaped->pidfd);
  }
  process.pid = result->pid;
  process.exit_fd = std::move(result->exit_fd);
  process.is_pidfd = result->is_pidfd;
  process.started_ns = result->started_ns;
  process.is_referenced = (request_[kRequestFlags] & kReferenced) != 0;
  const pid_t pid = process.pid;
  const int32_t handle = watcher_->Watch(std::move(process));
  if (handle < 0) {
    // No notice of its end could be had, so it must not live. Its descriptor is gone with the move;
    // the pid is its own as long as nobody has reaped it. A task dies with its reaper.
    const pid_t child = reaped != nullptr ? reaped->reaper_pid : pid;
    SendSignal(child, -1, false, SIGKILL);
    ExitInfo ignored;
    Reap(child, &ignored);
    result->FailAt(Step::exitNotice, -handle);
    return Fail(result);
  }
  if (reaped != nullptr) KeepReaper(reaped);
  result_[kResultErrno] = 0;
  result_[kResultPid] = result->pid;
  result_[kResultPath] = static_cast<int32_t>(result->path);
  return handle;
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

napi_value Binding::KillGroupAtExit(napi_env env, napi_callback_info info) {
  const Call<2> call(env, info);
  LiveProcess* process = call.binding->watcher_->Find(ToInt32(env, call.arguments[0]));
  if (process != nullptr) process->kills_group = ToBool(env, call.arguments[1]);
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
