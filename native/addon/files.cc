#include "files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../core/new_directories.h"
#include "../core/whole_file.h"
#include "exported_functions.h"
#include "pool_job.h"
#include "text_list.h"

namespace raw_exec::addon {
namespace {

// Of a packed failure, see src/native/groups.ts.
constexpr double kIndexUnit = 65536;

napi_value NumberArray(napi_env env, const std::vector<int>& numbers) {
  napi_value result = nullptr;
  if (napi_create_array_with_length(env, numbers.size(), &result) != napi_ok) return nullptr;
  for (uint32_t i = 0; i < numbers.size(); ++i) {
    napi_set_element(env, result, i, Napi::Number::New(env, numbers[i]));
  }
  return result;
}

class ReplaceFilesJob : public PoolJob {
 public:
  ReplaceFilesJob(const TextList& paths, const TextList& texts, mode_t mode, Durability durability)
      : paths_(paths.Copies()), texts_(texts.Copies()), mode_(mode), durability_(durability) {}
  void Run() override {
    errors_.reserve(paths_.size());
    for (size_t i = 0; i < paths_.size(); ++i) {
      errors_.push_back(ReplaceFile(paths_[i], texts_[i], mode_, durability_));
    }
  }
  napi_value Result(napi_env env) override { return NumberArray(env, errors_); }

 private:
  std::vector<std::string> paths_;
  std::vector<std::string> texts_;
  mode_t mode_;
  Durability durability_;
  std::vector<int> errors_;
};

class FileModesJob : public PoolJob {
 public:
  explicit FileModesJob(const TextList& paths) : paths_(paths.Copies()) {}
  void Run() override {
    modes_.reserve(paths_.size());
    for (const std::string& path : paths_) {
      // statx, because stat is another function in each glibc before 2.33.
      struct statx status = {};
      const bool is_there = statx(AT_FDCWD, path.c_str(), 0, STATX_TYPE | STATX_MODE, &status) == 0;
      modes_.push_back(is_there ? static_cast<int>(status.stx_mode) : -errno);
    }
  }
  napi_value Result(napi_env env) override { return NumberArray(env, modes_); }

 private:
  std::vector<std::string> paths_;
  std::vector<int> modes_;
};

class MakeDirectoriesJob : public PoolJob {
 public:
  explicit MakeDirectoriesJob(std::vector<NewDirectory> directories)
      : directories_(std::move(directories)) {}
  void Run() override { outcome_ = MakeDirectories(directories_); }
  napi_value Result(napi_env env) override {
    const auto [error, index] = outcome_;
    const double packed = (static_cast<double>(index) + 1) * kIndexUnit + error;
    return Napi::Number::New(env, error == 0 ? 0 : packed);
  }

 private:
  std::vector<NewDirectory> directories_;
  NewDirectoriesOutcome outcome_;
};

Napi::Value ReplaceFilesLater(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  TextList paths;
  TextList texts;
  if (!paths.Read(env, info[0]) || !texts.Read(env, info[1]) ||
      paths.views().size() != texts.views().size() || !info[2].IsNumber() || !info[3].IsBoolean()) {
    Napi::TypeError::New(env, "replaceFiles: (paths, texts, mode, isSynced)")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const mode_t mode = info[2].As<Napi::Number>().Uint32Value();
  const Durability durability =
      info[3].As<Napi::Boolean>().Value() ? Durability::power : Durability::process;
  return {env,
          PoolJob::Start(env, std::make_unique<ReplaceFilesJob>(paths, texts, mode, durability))};
}

Napi::Value FileModesLater(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  TextList paths;
  if (!paths.Read(env, info[0])) {
    Napi::TypeError::New(env, "fileModes: (paths)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return {env, PoolJob::Start(env, std::make_unique<FileModesJob>(paths))};
}

Napi::Value MakeDirectoriesLater(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  constexpr size_t kNumbersEach = 3;
  TextList paths;
  if (!paths.Read(env, info[0]) || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
      info[1].As<Napi::TypedArray>().ElementLength() != paths.views().size() * kNumbersEach) {
    Napi::TypeError::New(env, "makeDirectories: (paths, mode, uid and gid of each)")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto numbers = info[1].As<Napi::Float64Array>();
  std::vector<NewDirectory> directories;
  directories.reserve(paths.views().size());
  for (const std::string_view path : paths.views()) {
    const size_t at = directories.size() * kNumbersEach;
    NewDirectory one = {std::string(path), static_cast<mode_t>(numbers[at]), {}};
    if (numbers[at + 1] >= 0) {
      one.owner = {static_cast<uid_t>(numbers[at + 1]), static_cast<gid_t>(numbers[at + 2])};
    }
    directories.push_back(std::move(one));
  }
  return {env, PoolJob::Start(env, std::make_unique<MakeDirectoriesJob>(std::move(directories)))};
}

}  // namespace

void AddFileFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<ReplaceFilesLater>("replaceFiles");
  functions.Add<FileModesLater>("fileModes");
  functions.Add<MakeDirectoriesLater>("makeDirectories");
}

}  // namespace raw_exec::addon
