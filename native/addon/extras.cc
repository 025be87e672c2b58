#include "extras.h"

#include <limits>

namespace raw_exec::addon {
namespace {

// What a key holds; empty when it is absent or undefined.
Napi::Value Get(Napi::Object object, const char* key) {
  Napi::Value value;
  if (!object.Get(key).UnwrapTo(&value) || value.IsUndefined()) return Napi::Value();
  return value;
}

double Number(Napi::Array array, uint32_t index) {
  Napi::Value value;
  if (!array.Get(index).UnwrapTo(&value) || !value.IsNumber()) return 0;
  return value.As<Napi::Number>().DoubleValue();
}

bool ReadInt(Napi::Object object, const char* key, int32_t* out) {
  const Napi::Value value = Get(object, key);
  if (value.IsEmpty() || !value.IsNumber()) return false;
  *out = value.As<Napi::Number>().Int32Value();
  return true;
}

bool ReadUint(Napi::Object object, const char* key, uint32_t* out) {
  const Napi::Value value = Get(object, key);
  if (value.IsEmpty() || !value.IsNumber()) return false;
  *out = value.As<Napi::Number>().Uint32Value();
  return true;
}

bool ReadString(Napi::Object object, const char* key, std::string* out) {
  const Napi::Value value = Get(object, key);
  if (value.IsEmpty() || !value.IsString()) return false;
  *out = value.As<Napi::String>().Utf8Value();
  return true;
}

// Absent is fine and leaves `out` empty.
bool ReadArray(Napi::Object object, const char* key, Napi::Array* out, bool* is_present) {
  const Napi::Value value = Get(object, key);
  *is_present = !value.IsEmpty();
  if (value.IsEmpty()) return true;
  if (!value.IsArray()) {
    Napi::TypeError::New(object.Env(), std::string(key) + " must be an array")
        .ThrowAsJavaScriptException();
    return false;
  }
  *out = value.As<Napi::Array>();
  return true;
}

// -1 stands for RLIM_INFINITY.
uint64_t Limit(double value) {
  return value < 0 ? std::numeric_limits<uint64_t>::max() : static_cast<uint64_t>(value);
}

}  // namespace

bool Extras::ReadFiles(Napi::Object object) {
  Napi::Array array;
  bool is_present = false;
  files_.clear();
  if (!ReadArray(object, "files", &array, &is_present)) return false;
  if (!is_present) return true;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    Napi::Value value;
    if (!array.Get(i).UnwrapTo(&value) || !value.IsObject()) return false;
    const Napi::Object entry = value.As<Napi::Object>();
    File file = {};
    uint32_t mode = 0;
    if (!ReadString(entry, "path", &file.path) || !ReadInt(entry, "slot", &file.slot) ||
        !ReadInt(entry, "flags", &file.flags) || !ReadUint(entry, "mode", &mode)) {
      Napi::TypeError::New(object.Env(), "a file needs slot, path, flags and mode")
          .ThrowAsJavaScriptException();
      return false;
    }
    file.mode = mode;
    files_.push_back(std::move(file));
  }
  return true;
}

bool Extras::ReadGroups(Napi::Object object, SpawnPlan* plan) {
  Napi::Array array;
  bool is_present = false;
  if (!ReadArray(object, "groups", &array, &is_present)) return false;
  if (!is_present) return true;
  groups_.clear();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    groups_.push_back(static_cast<gid_t>(Number(array, i)));
  }
  plan->set_groups = true;
  plan->groups = groups_.data();
  plan->group_count = static_cast<int32_t>(groups_.size());
  return true;
}

bool Extras::ReadRlimits(Napi::Object object, SpawnPlan* plan) {
  Napi::Array array;
  bool is_present = false;
  if (!ReadArray(object, "rlimits", &array, &is_present)) return false;
  if (!is_present) return true;
  rlimits_.clear();
  for (uint32_t i = 0; i + 2 < array.Length(); i += 3) {
    rlimits_.push_back(Rlimit{static_cast<int32_t>(Number(array, i)), 0,
                              Limit(Number(array, i + 1)), Limit(Number(array, i + 2))});
  }
  plan->rlimits = rlimits_.data();
  plan->rlimit_count = static_cast<int32_t>(rlimits_.size());
  return true;
}

bool Extras::ReadAffinity(Napi::Object object, SpawnPlan* plan) {
  Napi::Array array;
  bool is_present = false;
  if (!ReadArray(object, "cpuAffinity", &array, &is_present)) return false;
  if (!is_present) return true;
  cpu_mask_.clear();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const uint32_t cpu = static_cast<uint32_t>(Number(array, i));
    if (cpu >= kMaxCpuMaskWords * 64U) continue;
    if (cpu_mask_.size() <= cpu / 64) cpu_mask_.resize(cpu / 64 + 1);
    cpu_mask_[cpu / 64] |= uint64_t{1} << (cpu % 64);
  }
  plan->cpu_mask = cpu_mask_.data();
  plan->cpu_mask_words = static_cast<int32_t>(cpu_mask_.size());
  return true;
}

bool Extras::ReadV1(Napi::Object object, SpawnPlan* plan) {
  Napi::Array array;
  bool is_present = false;
  if (!ReadArray(object, "cgroupV1", &array, &is_present)) return false;
  if (!is_present) return true;
  cgroup_v1_.clear();
  cgroup_v1_pointers_.clear();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    Napi::Value value;
    if (!array.Get(i).UnwrapTo(&value) || !value.IsString()) return false;
    cgroup_v1_.push_back(value.As<Napi::String>().Utf8Value());
  }
  for (const std::string& path : cgroup_v1_) cgroup_v1_pointers_.push_back(path.c_str());
  cgroup_v1_pointers_.push_back(nullptr);
  plan->cgroup_v1 = cgroup_v1_pointers_.data();
  plan->cgroup_v1_count = static_cast<int32_t>(cgroup_v1_.size());
  return true;
}

bool Extras::Read(Napi::Env env, Napi::Value value, SpawnRequest* request) {
  if (!value.IsObject()) {
    Napi::TypeError::New(env, "extras must be an object").ThrowAsJavaScriptException();
    return false;
  }
  const Napi::Object object = value.As<Napi::Object>();
  SpawnPlan* plan = &request->plan;
  if (!ReadFiles(object) || !ReadGroups(object, plan) || !ReadRlimits(object, plan) ||
      !ReadAffinity(object, plan) || !ReadV1(object, plan)) {
    return false;
  }
  if (ReadString(object, "cgroupV2", &cgroup_v2_)) request->cgroup_v2 = cgroup_v2_.c_str();
  if (ReadString(object, "networkNamespace", &network_namespace_)) {
    plan->network_namespace = network_namespace_.c_str();
  }
  plan->set_nice = ReadInt(object, "nice", &plan->nice);
  ReadInt(object, "umask", &plan->umask);
  plan->set_uid = ReadUint(object, "uid", &plan->uid);
  plan->set_gid = ReadUint(object, "gid", &plan->gid);
  return true;
}

}  // namespace raw_exec::addon
