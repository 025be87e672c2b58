#include "names.h"

#include <cerrno>
#include <optional>
#include <string>

#include "../core/look_up.h"
#include "../core/users.h"

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

// undefined when there is none; an exception when the service failed.
template <typename Entry, typename ByName, typename ById>
std::optional<Entry> FindEntry(const Napi::CallbackInfo& info, ByName by_name, ById by_id) {
  int error = 0;
  std::optional<Entry> entry = info[0].IsNumber()
                                   ? by_id(info[0].As<Napi::Number>().Uint32Value(), &error)
                                   : by_name(Text(info, 0), &error);
  if (error != 0) ThrowErrno(info.Env(), error);
  return entry;
}

Napi::Value FindUserByAny(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto user = FindEntry<User>(
      info, [](const std::string& name, int* error) { return FindUser(name, error); },
      [](uid_t uid, int* error) { return FindUser(uid, error); });
  if (!user) return env.Undefined();
  Napi::Array groups = Napi::Array::New(env, user->groups.size());
  bool is_set = true;
  for (size_t i = 0; i < user->groups.size(); ++i) {
    is_set &=
        groups.Set(static_cast<uint32_t>(i), Napi::Number::New(env, user->groups[i])).IsJust();
  }
  Napi::Object object = Napi::Object::New(env);
  is_set &= object.Set("name", user->name).IsJust();
  is_set &= object.Set("uid", Napi::Number::New(env, user->uid)).IsJust();
  is_set &= object.Set("gid", Napi::Number::New(env, user->gid)).IsJust();
  is_set &= object.Set("home", user->home).IsJust();
  is_set &= object.Set("shell", user->shell).IsJust();
  is_set &= object.Set("groups", groups).IsJust();
  return is_set ? Napi::Value(object) : env.Undefined();
}

Napi::Value FindGroupByAny(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto group = FindEntry<Group>(
      info, [](const std::string& name, int* error) { return FindGroup(name, error); },
      [](gid_t gid, int* error) { return FindGroup(gid, error); });
  if (!group) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  bool is_set = object.Set("name", group->name).IsJust();
  is_set &= object.Set("gid", Napi::Number::New(env, group->gid)).IsJust();
  return is_set ? Napi::Value(object) : env.Undefined();
}

}  // namespace

void AddNameFunctions(Napi::Env env, Napi::Object exports) {
  const auto add = [env, &exports](const char* name,
                                   Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.DefineProperty(
        Napi::PropertyDescriptor::Value(name, Napi::Function::New(env, function, name)));
  };
  add("lookUp", LookUpCommand);
  add("findUser", FindUserByAny);
  add("findGroup", FindGroupByAny);
}

}  // namespace raw_exec::addon
