#include "private_mounts.h"

#include <memory>
#include <string>
#include <utility>

#include "../core/private_mounts.h"
#include "exported_functions.h"
#include "pool_job.h"

namespace raw_exec::addon {
namespace {

std::string Text(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsString() ? info[index].As<Napi::String>().Utf8Value() : std::string();
}

uint32_t Number(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Uint32Value() : 0;
}

// Each mount is made in all the namespaces that see this one, too: there may be many.
class MountJob : public PoolJob {
 public:
  MountJob(std::string directory, const MemoryMount& wanted)
      : directory_(std::move(directory)), wanted_(wanted) {}
  void Run() override { error_ = MountMemory(directory_, wanted_); }
  napi_value Result(napi_env env) override { return Napi::Number::New(env, error_); }

 private:
  std::string directory_;
  MemoryMount wanted_;
  int error_ = 0;
};

class UnmountJob : public PoolJob {
 public:
  explicit UnmountJob(std::string directory) : directory_(std::move(directory)) {}
  void Run() override { error_ = UnmountAll(directory_); }
  napi_value Result(napi_env env) override { return Napi::Number::New(env, error_); }

 private:
  std::string directory_;
  int error_ = 0;
};

Napi::Value Mount(const Napi::CallbackInfo& info) {
  MemoryMount wanted;
  wanted.bytes = Number(info, 1);
  wanted.uid = Number(info, 2);
  wanted.gid = Number(info, 3);
  auto job = std::make_unique<MountJob>(Text(info, 0), wanted);
  return Napi::Value(info.Env(), PoolJob::Start(info.Env(), std::move(job)));
}

Napi::Value Unmount(const Napi::CallbackInfo& info) {
  auto job = std::make_unique<UnmountJob>(Text(info, 0));
  return Napi::Value(info.Env(), PoolJob::Start(info.Env(), std::move(job)));
}

}  // namespace

void AddPrivateMountFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<Mount>("mountMemory");
  functions.Add<Unmount>("unmountAll");
}

}  // namespace raw_exec::addon
