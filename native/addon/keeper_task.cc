// A task for the keeper as JavaScript describes it.
#include <cstdint>
#include <string>

#include "keeper.h"

namespace raw_exec::addon {
namespace {

Napi::Value Get(Napi::Object object, const char* key) {
  Napi::Value value;
  return object.Get(key).UnwrapTo(&value) ? value : object.Env().Undefined();
}

std::string Text(Napi::Object object, const char* key) {
  const Napi::Value value = Get(object, key);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

double Number(Napi::Object object, const char* key) {
  const Napi::Value value = Get(object, key);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
}

int32_t Int(Napi::Object object, const char* key) {
  return static_cast<int32_t>(Number(object, key));
}

void ReadLog(Napi::Value value, KeeperTask::Log* log) {
  if (!value.IsObject()) return;
  const Napi::Object object = value.As<Napi::Object>();
  log->spec.is_on = 1;
  log->spec.pump = Int(object, "pump");
  log->spec.when_full = Int(object, "whenFull");
  log->spec.max_files = Int(object, "maxFiles");
  log->spec.max_file_size = static_cast<int64_t>(Number(object, "maxFileSize"));
  log->spec.mode = static_cast<uint32_t>(Number(object, "mode"));
  log->spec.uid = static_cast<uint32_t>(Number(object, "uid"));
  log->spec.gid = static_cast<uint32_t>(Number(object, "gid"));
  log->directory = Text(object, "directory");
  log->name = Text(object, "name");
}

void ReadGroups(Napi::Object object, KeeperTask* task) {
  task->v2_group = Text(object, "v2Group");
  const Napi::Value v1 = Get(object, "v1Groups");
  if (!v1.IsArray()) return;
  const Napi::Array groups = v1.As<Napi::Array>();
  for (uint32_t i = 0; i < groups.Length(); ++i) {
    Napi::Value group;
    if (!groups.Get(i).UnwrapTo(&group) || !group.IsObject()) continue;
    const Napi::Object entry = group.As<Napi::Object>();
    task->v1_groups.emplace_back(Text(entry, "controller"), Text(entry, "directory"));
  }
}

}  // namespace

bool ReadKeeperTask(Napi::Object object, KeeperTask* task) {
  task->id = Text(object, "id");
  task->is_session = Int(object, "isSession") != 0;
  task->is_tree = Int(object, "isTree") != 0;
  task->attachment = Text(object, "attachment");
  ReadGroups(object, task);
  task->on_supervisor_exit = Int(object, "isKilledWithSupervisor") != 0
                                 ? wire::OnSupervisorExit::kill
                                 : wire::OnSupervisorExit::keep;
  ReadLog(Get(object, "stdout"), &task->logs[0]);
  ReadLog(Get(object, "stderr"), &task->logs[1]);
  const Napi::Value steps = Get(object, "steps");
  if (steps.IsTypedArray()) {
    const Napi::Int32Array numbers = steps.As<Napi::Int32Array>();
    for (size_t i = 0; i + 2 < numbers.ElementLength(); i += 3) {
      task->steps.push_back({numbers.Data()[i], numbers.Data()[i + 1], numbers.Data()[i + 2]});
    }
  }
  if (!task->id.empty() && task->steps.size() <= wire::kMaxSteps) return true;
  Napi::TypeError::New(object.Env(), "a task needs an id and at most 16 steps")
      .ThrowAsJavaScriptException();
  return false;
}

}  // namespace raw_exec::addon
