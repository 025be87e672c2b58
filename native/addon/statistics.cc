#include "statistics.h"

#include <string>
#include <utility>

#include "../core/group_stats.h"
#include "../core/process_stats.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

int32_t Integer(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : -1;
}

// One reader: its files are closed by `close`, or with the object.
class GroupStatsReader : public Napi::ObjectWrap<GroupStatsReader> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "GroupStatsReader",
                       {
                           InstanceMethod<&GroupStatsReader::Add>("add"),
                           InstanceMethod<&GroupStatsReader::Remove>("remove"),
                           InstanceMethod<&GroupStatsReader::Read>("read"),
                           InstanceMethod<&GroupStatsReader::OpenFiles>("openFiles"),
                       });
  }

  explicit GroupStatsReader(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<GroupStatsReader>(info),
        stats_(static_cast<size_t>(std::max(0, Integer(info, 0)))) {}

 private:
  // (directories by hierarchy): handle
  Napi::Value Add(const Napi::CallbackInfo& info) {
    GroupDirectories directories;
    for (size_t index = 0; index < kStatsHierarchies; ++index) {
      if (info[index].IsString()) directories[index] = info[index].As<Napi::String>().Utf8Value();
    }
    return Napi::Number::New(info.Env(), stats_.Add(std::move(directories)));
  }

  void Remove(const Napi::CallbackInfo& info) { stats_.Remove(Integer(info, 0)); }

  // (handles, count, parts, rows): one call for all groups, nothing is allocated.
  void Read(const Napi::CallbackInfo& info) {
    if (!info[0].IsTypedArray() || !info[3].IsTypedArray()) return;
    const auto handles = info[0].As<Napi::Int32Array>();
    auto rows = info[3].As<Napi::Float64Array>();
    const size_t wanted = static_cast<size_t>(std::max(0, Integer(info, 1)));
    const size_t count =
        std::min({wanted, handles.ElementLength(), rows.ElementLength() / kGroupColumns});
    const uint32_t parts = static_cast<uint32_t>(Integer(info, 2));
    const int32_t* handle = handles.Data();
    double* row = rows.Data();
    for (size_t index = 0; index < count; ++index) {
      stats_.Read(handle[index], parts, row + index * kGroupColumns);
    }
  }

  Napi::Value OpenFiles(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(stats_.open_files()));
  }

  GroupStats stats_;
};

// (pids, start ticks or NaN, rows)
Napi::Value ReadProcesses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray() || !info[1].IsTypedArray() || !info[2].IsTypedArray()) {
    return env.Undefined();
  }
  const auto pids = info[0].As<Napi::Int32Array>();
  const auto starts = info[1].As<Napi::Float64Array>();
  auto rows = info[2].As<Napi::Float64Array>();
  const size_t count = std::min(
      {pids.ElementLength(), starts.ElementLength(), rows.ElementLength() / kProcessColumns});
  for (size_t index = 0; index < count; ++index) {
    ReadProcessStats(pids[index], starts[index], rows.Data() + index * kProcessColumns);
  }
  return env.Undefined();
}

}  // namespace

void AddStatisticsFunctions(Napi::Env env, Napi::Object exports) {
  exports.DefineProperty(
      Napi::PropertyDescriptor::Value("GroupStatsReader", GroupStatsReader::Define(env)));
  ExportedFunctions(env, exports).Add<ReadProcesses>("readProcesses");
}

}  // namespace raw_exec::addon
