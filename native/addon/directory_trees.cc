#include "directory_trees.h"

#include <memory>
#include <string>
#include <utility>

#include "../core/tree_removal.h"
#include "exported_functions.h"
#include "thread_job.h"

namespace raw_exec::addon {
namespace {

class RemoveTreeJob : public ThreadJob {
 public:
  explicit RemoveTreeJob(std::string path) : path_(std::move(path)) {}
  void Run() override { error_ = RemoveTree(path_); }
  napi_value Result(napi_env env) override { return Napi::Number::New(env, error_); }

 private:
  std::string path_;
  int error_ = 0;
};

Napi::Value RemoveTreeLater(const Napi::CallbackInfo& info) {
  const std::string path = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  return Napi::Value(info.Env(),
                     ThreadJob::Start(info.Env(), std::make_unique<RemoveTreeJob>(path)));
}

}  // namespace

void AddDirectoryTreeFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<RemoveTreeLater>("removeTree");
}

}  // namespace raw_exec::addon
