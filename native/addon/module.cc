// The addon's entry: `Native` of src/native.ts. Everything that belongs to an environment hangs on
// its binding; the engine below (slots, engine thread, forker) is the process's.
#include <dlfcn.h>
#include <napi.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "../core/glibc_floor.h"
#include "../core/kernel_features.h"
#include "../core/reaper_client.h"
#include "../core/spawn.h"
#include "../core/spawn_steps.h"
#include "../core/sys.h"
#include "binding.h"
#include "containment.h"
#include "directory_events.h"
#include "directory_trees.h"
#include "exported_functions.h"
#include "files.h"
#include "groups.h"
#include "host.h"
#include "keeper.h"
#include "names.h"
#include "private_mounts.h"
#include "reaper.h"
#include "service_manager.h"
#include "statistics.h"
#include "terminal.h"
#include "terminal_io.h"

namespace raw_exec::addon {
namespace {

struct EnvironmentData {
  Napi::ObjectReference binding;
};

// Forker, reaper and keeper lie beside the addon, in build/Release as in a prebuilt folder.
// Returns the keeper's path, which is started from JavaScript.
std::string FindHelpers() {
  Dl_info info = {};
  if (dladdr(reinterpret_cast<void*>(&FindHelpers), &info) == 0 || info.dli_fname == nullptr)
    return "";
  std::string path = info.dli_fname;
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  path.replace(slash + 1, std::string::npos, "raw-exec-forker");
  SetForkerPath(path.c_str());
  path.replace(slash + 1, std::string::npos, "raw-exec-reaper");
  SetReaperPath(path.c_str());
  path.replace(slash + 1, std::string::npos, "raw-exec-keeper");
  return path;
}

Napi::Value GetBinding(const Napi::CallbackInfo& info) {
  EnvironmentData* data = info.Env().GetInstanceData<EnvironmentData>();
  if (!data->binding.IsEmpty()) return data->binding.Value();
  const Napi::Value binding = Binding::Make(info.Env());
  if (binding.IsObject()) data->binding = Napi::Persistent(binding.As<Napi::Object>());
  return binding;
}

Napi::Value GetKernelFeatures(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), KernelFeatures());
}

Napi::Value SetDisabledFeatures(const Napi::CallbackInfo& info) {
  if (info[0].IsNumber()) DisableFeatures(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

// The default action takes place at once or not at all: the signal is unblocked, sent to this
// thread, and for a stop we go on here after SIGCONT.
Napi::Value RaiseDefault(const Napi::CallbackInfo& info) {
  const int signal = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 0;
  if (signal <= 0 || signal >= NSIG) return info.Env().Undefined();
  struct sigaction previous = {};
  struct sigaction default_action = {};
  default_action.sa_handler = SIG_DFL;
  sigaction(signal, &default_action, &previous);
  sigset_t one;
  sigset_t mask;
  sigemptyset(&one);
  sigaddset(&one, signal);
  (void)pthread_sigmask(SIG_UNBLOCK, &one, &mask);
  (void)raise(signal);
  (void)pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  sigaction(signal, &previous, nullptr);
  return info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new EnvironmentData());
  exports.DefineProperty(Napi::PropertyDescriptor::Value(
      "keeperPath", Napi::String::New(env, FindHelpers()), napi_enumerable));
  Napi::Array steps = Napi::Array::New(env, kStepCount);
  for (size_t i = 0; i < kStepCount; ++i) {
    if (steps.Set(static_cast<uint32_t>(i), kStepNames[i]).IsNothing()) return exports;
  }
  exports.DefineProperty(Napi::PropertyDescriptor::Value("spawnSteps", steps, napi_enumerable));
  // The first thread of a process has the process's number. Node's own answer, node:worker_threads,
  // takes milliseconds to load.
  const bool is_main_thread = getpid() == RawSyscall(SYS_gettid);
  exports.DefineProperty(Napi::PropertyDescriptor::Value(
      "isMainThread", Napi::Boolean::New(env, is_main_thread), napi_enumerable));
  ExportedFunctions functions(env, exports);
  functions.Add<GetBinding>("binding");
  functions.Add<GetKernelFeatures>("kernelFeatures");
  functions.Add<SetDisabledFeatures>("disableFeatures");
  functions.Add<RaiseDefault>("raiseDefault");
  AddContainmentFunctions(env, exports);
  AddDirectoryEventFunctions(env, exports);
  AddDirectoryTreeFunctions(env, exports);
  AddFileFunctions(env, exports);
  AddGroupFunctions(env, exports);
  AddHostFunctions(env, exports);
  AddKeeperFunctions(env, exports);
  AddNameFunctions(env, exports);
  AddPrivateMountFunctions(env, exports);
  AddReaperFunctions(env, exports);
  AddServiceManagerFunctions(env, exports);
  AddStatisticsFunctions(env, exports);
  AddTerminalFunctions(env, exports);
  AddTerminalIoFunctions(env, exports);
  return exports;
}

}  // namespace
}  // namespace raw_exec::addon

namespace {

Napi::Object InitModule(Napi::Env env, Napi::Object exports) {
  return raw_exec::addon::Init(env, exports);
}

}  // namespace

NODE_API_MODULE(raw_exec, InitModule)
