#include "names.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "../core/look_up.h"
#include "../core/users.h"
#include "exported_functions.h"
#include "thread_job.h"

namespace raw_exec::addon {
namespace {

std::string Text(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsString() ? info[index].As<Napi::String>().Utf8Value() : std::string();
}

void ThrowErrno(Napi::Env env, int error) {
  const Napi::Error thrown = Napi::Error::New(env, "the name service failed");
  if (thrown.Value().Set("errno", error).IsJust()) thrown.ThrowAsJavaScriptException();
}

Napi::Value LookUpCommand(const Napi::CallbackInfo& info) {
  std::string found;
  const int error = LookUp(Text(info, 0), Text(info, 1), Text(info, 2), &found);
  if (error != 0) return Napi::Number::New(info.Env(), -error);
  return Napi::String::New(info.Env(), found);
}

struct NameOrId {
  bool is_id = false;
  uint32_t id = 0;
  std::string name;
};

NameOrId NameOrIdOf(const Napi::CallbackInfo& info) {
  if (info[0].IsNumber()) return {true, info[0].As<Napi::Number>().Uint32Value(), {}};
  return {false, 0, Text(info, 0)};
}

std::optional<User> FindUserBy(const NameOrId& wanted, int* error) {
  return wanted.is_id ? FindUser(wanted.id, error) : FindUser(wanted.name, error);
}

// undefined when memory is short: an exception is pending then.
Napi::Value ObjectOf(Napi::Env env, const User& user) {
  Napi::Array groups = Napi::Array::New(env, user.groups.size());
  bool is_set = true;
  for (size_t i = 0; i < user.groups.size(); ++i) {
    is_set &= groups.Set(static_cast<uint32_t>(i), Napi::Number::New(env, user.groups[i])).IsJust();
  }
  Napi::Object object = Napi::Object::New(env);
  is_set &= object.Set("name", user.name).IsJust();
  is_set &= object.Set("uid", Napi::Number::New(env, user.uid)).IsJust();
  is_set &= object.Set("gid", Napi::Number::New(env, user.gid)).IsJust();
  is_set &= object.Set("home", user.home).IsJust();
  is_set &= object.Set("shell", user.shell).IsJust();
  is_set &= object.Set("groups", groups).IsJust();
  return is_set ? Napi::Value(object) : env.Undefined();
}

Napi::Value FindUserNow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int error = 0;
  const std::optional<User> user = FindUserBy(NameOrIdOf(info), &error);
  if (error != 0) ThrowErrno(env, error);
  return user ? ObjectOf(env, *user) : env.Undefined();
}

class FindUserJob : public ThreadJob {
 public:
  explicit FindUserJob(NameOrId wanted) : wanted_(std::move(wanted)) {}
  void Run() override { user_ = FindUserBy(wanted_, &error_); }
  napi_value Result(napi_env env) override {
    if (error_ != 0) return Napi::Number::New(env, error_);
    return user_ ? ObjectOf(env, *user_) : Napi::Env(env).Undefined();
  }

 private:
  NameOrId wanted_;
  std::optional<User> user_;
  int error_ = 0;
};

Napi::Value FindUserLater(const Napi::CallbackInfo& info) {
  return Napi::Value(info.Env(),
                     ThreadJob::Start(info.Env(), std::make_unique<FindUserJob>(NameOrIdOf(info))));
}

Napi::Value FindGroupNow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NameOrId wanted = NameOrIdOf(info);
  int error = 0;
  const std::optional<Group> group =
      wanted.is_id ? FindGroup(wanted.id, &error) : FindGroup(wanted.name, &error);
  if (error != 0) ThrowErrno(env, error);
  if (!group) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  bool is_set = object.Set("name", group->name).IsJust();
  is_set &= object.Set("gid", Napi::Number::New(env, group->gid)).IsJust();
  return is_set ? Napi::Value(object) : env.Undefined();
}

}  // namespace

void AddNameFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<LookUpCommand>("lookUp");
  functions.Add<FindUserNow>("findUser");
  functions.Add<FindUserLater>("findUserLater");
  functions.Add<FindGroupNow>("findGroup");
}

}  // namespace raw_exec::addon
