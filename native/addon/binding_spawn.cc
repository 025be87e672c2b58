// A start as JavaScript asks for it: request read, engine called, process kept or failure told.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "../core/sys.h"
#include "../core/wait.h"
#include "binding.h"
#include "binding_call.h"
#include "keeper.h"

extern char** environ;  // NOLINT: environ(7) has no other declaration in POSIX

namespace raw_exec::addon {

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

// The descriptors of a group that was handed over for this start are closed after it, when nobody
// waits.
int32_t Binding::SpawnInHeldGroup(napi_env env, const napi_value* arguments, ReapedTask* reaped) {
  UniqueFd group(std::exchange(request_[kRequestHeldCgroup], -1));
  UniqueFd events(std::exchange(request_[kRequestHeldCgroupEvents], -1));
  const bool is_checked = (request_[kRequestFlags] & kGroupIsChecked) != 0;
  const int32_t handle =
      SpawnFromRequest(env, arguments, {group.get(), is_checked ? -1 : events.get()}, reaped);
  if (group) watcher_->CloseLater(std::move(group));
  if (events) watcher_->CloseLater(std::move(events));
  return handle;
}

// Three arguments more: the task, the keeper's socket, the id of the request.
napi_value Binding::SpawnKept(napi_env env, napi_callback_info info) {
  const Call<8> call(env, info);
  Binding* self = call.binding;
  const UniqueFd group(std::exchange(self->request_[kRequestHeldCgroup], -1));
  const UniqueFd events(std::exchange(self->request_[kRequestHeldCgroupEvents], -1));
  return Int32(env, self->SendToKeeper(env, call.arguments, {group.get(), events.get()}));
}

int32_t Binding::SendToKeeper(napi_env env, const napi_value* arguments, HeldCgroup group) {
  SpawnRequest request;
  request.held_cgroup = group;
  const int32_t problem = ReadRequest(env, arguments, &request);
  if (problem != 0) return problem;
  KeeperTask task;
  const Napi::Value described(env, arguments[5]);
  if (!described.IsObject() || !ReadKeeperTask(described.As<Napi::Object>(), &task)) {
    return kSpawnFailed;
  }
  SpawnResult result;
  const int32_t closed_slot = FindClosedDescriptor();
  const int unprepared = PrepareStdio(&request.plan);
  if (closed_slot >= 0 || unprepared != 0) {
    ClosePipes(false);
    result.FailAt(closed_slot >= 0 ? Step::stdio : Step::prepare,
                  unprepared != 0 ? unprepared : EBADF, closed_slot);
    return Fail(&result);
  }
  UniqueFd opened;
  if (group.directory_fd < 0 && request.cgroup_v2 != nullptr) {
    opened.Reset(open(request.cgroup_v2, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) {
      const int unopened = errno;
      ClosePipes(false);
      result.FailAt(Step::cgroupOpen, unopened);
      return Fail(&result);
    }
    request.held_cgroup.directory_fd = opened.get();
  }
  const int error = SendStart(ToInt32(env, arguments[6]),
                              static_cast<uint64_t>(ToInt32(env, arguments[7])), request, task);
  // What was sent the keeper has by now; of what was not, nothing is left.
  ClosePipes(false);
  if (error != 0) ClosePipes(true);
  return error;
}

int32_t Binding::SpawnFromRequest(napi_env env, const napi_value* arguments, HeldCgroup group,
                                  ReapedTask* reaped) {
  SpawnRequest request;
  request.held_cgroup = group;
  request.reaped = reaped;
  const int32_t problem = ReadRequest(env, arguments, &request);
  if (problem != 0) return problem;

  SpawnResult result;
  const int32_t closed_slot = FindClosedDescriptor();
  int error = PrepareStdio(&request.plan);
  if (error == 0) error = watcher_->Start();
  if (closed_slot >= 0) {
    result.FailAt(Step::stdio, EBADF, closed_slot);
  } else if (error != 0) {
    result.FailAt(Step::prepare, error);
  } else {
    result = StartHere(request);
  }
  ClosePipes(false);
  return result.error != 0 ? Fail(&result) : Keep(&result, reaped);
}

SpawnResult Binding::StartHere(const SpawnRequest& request) {
  if (!context_) context_.emplace();
  if (*context_) return context_->Spawn(request);
  // The next start may find the memory.
  context_.reset();
  SpawnResult result;
  result.FailAt(Step::prepare, ENOMEM);
  return result;
}

int32_t Binding::ReadRequest(napi_env env, const napi_value* arguments, SpawnRequest* request) {
  SpawnPlan& plan = request->plan;
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
  if (has_extras && !extras_.Read(env, Napi::Value(env, arguments[4]), request)) {
    return kSpawnFailed;
  }

  const int32_t flags = request_[kRequestFlags];
  plan.process_group = request_[kRequestProcessGroup];
  plan.parent_death_signal = request_[kRequestParentDeathSignal];
  plan.new_session = (flags & kNewSession) != 0;
  plan.no_new_privs = (flags & kNoNewPrivs) != 0;
  plan.controlling_terminal = (flags & kControllingTerminal) != 0;
  request->exec_deadline_ms = request_[kRequestExecDeadlineMs];
  if ((flags & kOomScoreAdj) != 0) {
    (void)std::snprintf(oom_score_adj_, sizeof(oom_score_adj_), "%d",
                        request_[kRequestOomScoreAdj]);
    plan.oom_score_adj = oom_score_adj_;
  }
  return 0;
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
  process.kills_group = (request_[kRequestFlags] & kKillsGroupAtExit) != 0;
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

}  // namespace raw_exec::addon
