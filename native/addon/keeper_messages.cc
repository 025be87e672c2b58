// Messages of a keeper as objects of src/native/keeper.ts.
#include <string>
#include <string_view>

#include "../core/wire/client_messages.h"
#include "../core/wire/message_reader.h"
#include "keeper.h"

namespace raw_exec::addon {
namespace {

using wire::ClientKind;
using wire::MessageReader;

class Body {
 public:
  explicit Body(Napi::Env env) : env_(env), object_(Napi::Object::New(env)) {}
  Body& Set(const char* key, double number) { return Set(key, Napi::Number::New(env_, number)); }
  Body& Set(const char* key, bool flag) { return Set(key, Napi::Boolean::New(env_, flag)); }
  Body& Set(const char* key, std::string_view text) {
    return Set(key, Napi::String::New(env_, text.data(), text.size()));
  }
  Body& Set(const char* key, Napi::Value value) {
    (void)object_.Set(key, value);  // fails with a pending exception only, which ends the call
    return *this;
  }
  Napi::Value value() const { return object_; }

 private:
  Napi::Env env_;
  Napi::Object object_;
};

double Ms(int64_t ns) { return static_cast<double>(ns) / 1e6; }

Napi::Value ExitOf(Napi::Env env, const wire::ExitFacts& exit) {
  return Body(env)
      .Set("state", static_cast<double>(exit.state))
      .Set("code", static_cast<double>(exit.code))
      .Set("signal", static_cast<double>(exit.signal))
      .Set("coreDumped", exit.core_dumped != 0)
      .Set("exitedAtMs", Ms(exit.exited_at_ns))
      .Set("durationMs", Ms(exit.duration_ns))
      .Set("userCpuMs", static_cast<double>(exit.user_cpu_us) / 1e3)
      .Set("systemCpuMs", static_cast<double>(exit.system_cpu_us) / 1e3)
      .Set("maxRssBytes", static_cast<double>(exit.max_rss_bytes))
      .Set("oomKills", static_cast<double>(exit.oom_kills))
      .Set("wasStopped", exit.was_stopped != 0)
      .value();
}

Napi::Value TaskOf(Napi::Env env, MessageReader* reader) {
  wire::TaskInfo info = {};
  std::string_view id;
  std::string_view v2_group;
  std::string_view attachment;
  reader->Take(&info);
  reader->TakeText(&id, wire::kMaxTaskId);
  reader->TakeText(&v2_group, wire::kMaxPath);
  Napi::Array v1 = Napi::Array::New(env);
  for (int32_t i = 0; reader->is_good() && i < info.v1_count; ++i) {
    std::string_view controller;
    std::string_view directory;
    reader->TakeText(&controller, wire::kMaxPath);
    reader->TakeText(&directory, wire::kMaxPath);
    (void)v1.Set(static_cast<uint32_t>(i),
                 Body(env).Set("controller", controller).Set("directory", directory).value());
  }
  reader->TakeText(&attachment, wire::kMaxAttachment);
  return Body(env)
      .Set("serial", static_cast<double>(info.serial))
      .Set("sessionOf", static_cast<double>(info.session_of))
      .Set("id", id)
      .Set("pid", static_cast<double>(info.pid))
      .Set("startTicks", static_cast<double>(info.start_ticks))
      .Set("startedAtMs", Ms(info.started_at_ns))
      .Set("isKilledWithSupervisor",
           info.on_supervisor_exit == static_cast<int32_t>(wire::OnSupervisorExit::kill))
      .Set("isPopulated", info.is_populated != 0)
      .Set("reaperPid", static_cast<double>(info.reaper_pid))
      .Set("v2Group", v2_group)
      .Set("v1Groups", v1)
      .Set("attachment", attachment)
      .Set("exit", ExitOf(env, info.exit))
      .value();
}

// Pairs pid, errno.
Napi::Value RefusalsOf(Napi::Env env, MessageReader* reader, int32_t count) {
  const size_t wanted = count > 0 ? static_cast<size_t>(count) : 0;
  constexpr size_t kMost = wire::kMaxMessage / sizeof(wire::Refusal);
  Napi::Int32Array pairs = Napi::Int32Array::New(env, (wanted < kMost ? wanted : kMost) * 2);
  for (size_t i = 0; i + 1 < pairs.ElementLength(); i += 2) {
    wire::Refusal refusal = {};
    if (!reader->Take(&refusal)) break;
    pairs.Data()[i] = refusal.pid;
    pairs.Data()[i + 1] = refusal.error;
  }
  return pairs;
}

Napi::Value StoppedOf(Napi::Env env, MessageReader* reader) {
  wire::Stopped stopped = {};
  reader->Take(&stopped);
  Napi::Array steps = Napi::Array::New(env);
  for (int32_t i = 0; reader->is_good() && i < stopped.step_count; ++i) {
    wire::StepReport step = {};
    reader->Take(&step);
    (void)steps.Set(static_cast<uint32_t>(i), Body(env)
                                                  .Set("signal", static_cast<double>(step.signal))
                                                  .Set("target", static_cast<double>(step.target))
                                                  .Set("reached", static_cast<double>(step.reached))
                                                  .Set("hasEnded", step.has_ended != 0)
                                                  .Set("sentAtMs", Ms(step.sent_at_ns))
                                                  .Set("waitedMs", Ms(step.waited_ns))
                                                  .value());
  }
  return Body(env)
      .Set("killed", static_cast<double>(stopped.killed))
      .Set("steps", steps)
      .Set("survivors", RefusalsOf(env, reader, stopped.survivor_count))
      .value();
}

Napi::Value TasksOf(Napi::Env env, MessageReader* reader) {
  wire::Tasks page = {};
  reader->Take(&page);
  Napi::Array tasks = Napi::Array::New(env);
  for (int32_t i = 0; reader->is_good() && i < page.count; ++i) {
    (void)tasks.Set(static_cast<uint32_t>(i), TaskOf(env, reader));
  }
  return Body(env).Set("tasks", tasks).Set("isLast", page.is_last != 0).value();
}

Napi::Value CountersOf(Napi::Env env, MessageReader* reader) {
  Napi::Array both = Napi::Array::New(env);
  for (uint32_t i = 0; i < 2; ++i) {
    wire::LogCounters counters = {};
    reader->Take(&counters);
    (void)both.Set(i, Body(env)
                          .Set("bytes", static_cast<double>(counters.bytes))
                          .Set("droppedBytes", static_cast<double>(counters.dropped_bytes))
                          .Set("blockedMs", static_cast<double>(counters.blocked_ns) / 1e6)
                          .Set("rotations", static_cast<double>(counters.rotations))
                          .Set("truncations", static_cast<double>(counters.truncations))
                          .Set("error", static_cast<double>(counters.error))
                          .Set("hasEnded", counters.has_ended != 0)
                          .value());
  }
  return both;
}

Napi::Value FailedOf(Napi::Env env, MessageReader* reader) {
  wire::Failed failed = {};
  std::string_view text;
  reader->Take(&failed);
  reader->TakeText(&text, wire::kMaxMessage);
  return Body(env)
      .Set("error", static_cast<double>(failed.error))
      .Set("reason", static_cast<double>(failed.reason))
      .Set("step", static_cast<double>(failed.step))
      .Set("detail", static_cast<double>(failed.detail))
      .Set("flags", static_cast<double>(failed.flags))
      .Set("text", text)
      .value();
}

Napi::Value StartedOf(Napi::Env env, MessageReader* reader) {
  wire::Started started = {};
  reader->Take(&started);
  return Body(env)
      .Set("serial", static_cast<double>(started.serial))
      .Set("pid", static_cast<double>(started.pid))
      .Set("reaperPid", static_cast<double>(started.reaper_pid))
      .Set("startTicks", static_cast<double>(started.start_ticks))
      .Set("startedAtMs", Ms(started.started_at_ns))
      .value();
}

Napi::Value BodyOf(Napi::Env env, MessageReader* reader) {
  switch (static_cast<ClientKind>(reader->frame().kind)) {
    case ClientKind::failed:
      return FailedOf(env, reader);
    case ClientKind::welcome: {
      wire::Welcome welcome = {};
      reader->Take(&welcome);
      return Body(env)
          .Set("protocol", static_cast<double>(welcome.protocol))
          .Set("keeperPid", static_cast<double>(welcome.keeper_pid))
          .Set("holderPid", static_cast<double>(welcome.holder_pid))
          .value();
    }
    case ClientKind::started:
      return StartedOf(env, reader);
    case ClientKind::signalled: {
      wire::Signalled signalled = {};
      reader->Take(&signalled);
      return Body(env)
          .Set("reached", static_cast<double>(signalled.reached))
          .Set("refused", RefusalsOf(env, reader, signalled.refused_count))
          .value();
    }
    case ClientKind::stopped:
      return StoppedOf(env, reader);
    case ClientKind::tasks:
      return TasksOf(env, reader);
    case ClientKind::done:
      return Body(env).value();
    case ClientKind::task:
      return TaskOf(env, reader);
    case ClientKind::log_counters:
      return CountersOf(env, reader);
    case ClientKind::exited:
    case ClientKind::session_exited: {
      wire::Exited exited = {};
      std::string_view id;
      reader->Take(&exited);
      reader->TakeText(&id, wire::kMaxTaskId);
      return Body(env)
          .Set("serial", static_cast<double>(exited.serial))
          .Set("pid", static_cast<double>(exited.pid))
          .Set("id", id)
          .Set("exit", ExitOf(env, exited.exit))
          .value();
    }
    default:
      return env.Undefined();
  }
}

}  // namespace

Napi::Value ReadKeeperMessage(Napi::Env env, const char* bytes, size_t size, int32_t* kind,
                              double* request) {
  MessageReader reader(bytes, size);
  *kind = reader.frame().kind;
  *request = static_cast<double>(reader.frame().request);
  const Napi::Value body = BodyOf(env, &reader);
  return reader.IsComplete() ? body : env.Undefined();
}

}  // namespace raw_exec::addon
