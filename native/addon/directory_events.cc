#include "directory_events.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "descriptor_watch.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

// As in src/native/directory-events.ts.
enum DirectoryEvent : int32_t {
  kModified = 1,
  kEntries = 2,
  kGone = 4,
};

// The number of no watch: events were lost, of any of them.
constexpr int32_t kLost = -1;

constexpr uint32_t kMask = IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                           IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

int32_t BitsOf(uint32_t mask) {
  int32_t bits = 0;
  if ((mask & IN_MODIFY) != 0) bits |= kModified;
  if ((mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0) bits |= kEntries;
  if ((mask & (IN_DELETE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) bits |= kGone;
  return bits;
}

// Directories in one inotify instance, of which a user has no more than 128: pairs of the number of
// a watch and bits of DirectoryEvent, each watch once for all that has happened since.
class DirectoryEvents : public DescriptorWatch {
 protected:
  bool OnReady(Napi::Env env, napi_value* arguments, size_t* count) override {
    std::vector<int32_t> pairs;
    // As many reads as there are full buffers, bounded: the event loop has others to serve.
    constexpr int kReads = 16;
    for (int i = 0; i < kReads && ReadOnce(&pairs); ++i) {
    }
    if (pairs.empty()) return false;
    Napi::Int32Array array = Napi::Int32Array::New(env, pairs.size());
    std::memcpy(array.Data(), pairs.data(), pairs.size() * sizeof(int32_t));
    arguments[0] = array;
    *count = 1;
    return true;
  }

 private:
  // Whether there may be more.
  bool ReadOnce(std::vector<int32_t>* pairs) {
    alignas(inotify_event) char buffer[16 * 1024];
    const ssize_t got = read(fd(), buffer, sizeof(buffer));
    if (got <= 0) return got < 0 && errno == EINTR;
    for (ssize_t at = 0; at < got;) {
      inotify_event event = {};
      std::memcpy(&event, buffer + at, sizeof(event));
      at += static_cast<ssize_t>(sizeof(event) + event.len);
      const bool is_lost = (event.mask & IN_Q_OVERFLOW) != 0;
      Add(pairs, is_lost ? kLost : event.wd, is_lost ? kModified | kEntries : BitsOf(event.mask));
    }
    constexpr ssize_t kLargestEvent = sizeof(inotify_event) + 256;
    return got > static_cast<ssize_t>(sizeof(buffer)) - kLargestEvent;
  }

  static void Add(std::vector<int32_t>* pairs, int32_t watch, int32_t bits) {
    for (size_t i = 0; i < pairs->size(); i += 2) {
      if ((*pairs)[i] != watch) continue;
      (*pairs)[i + 1] |= bits;
      return;
    }
    pairs->push_back(watch);
    pairs->push_back(bits);
  }
};

Napi::Value OpenDirectoryEvents(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsFunction()) return env.Undefined();
  UniqueFd fd = AboveStdio(UniqueFd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)));
  if (!fd) return Napi::Number::New(env, -errno);
  const int number = fd.get();
  Napi::Value watch = DescriptorWatch::Start(env, new DirectoryEvents(), std::move(fd), UV_READABLE,
                                             info[0].As<Napi::Function>());
  if (!watch.IsObject()) return watch;
  const bool is_set = watch.As<Napi::Object>().Set("descriptor", number).IsJust();
  return is_set ? watch : env.Undefined();
}

// (descriptor, path): the number of the watch, the same for the same directory
Napi::Value AddDirectory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsNumber() || !info[1].IsString()) return env.Undefined();
  const std::string path = info[1].As<Napi::String>().Utf8Value();
  const int watch = inotify_add_watch(info[0].As<Napi::Number>().Int32Value(), path.c_str(), kMask);
  return Napi::Number::New(env, watch >= 0 ? watch : -errno);
}

// (descriptor, watch)
Napi::Value RemoveDirectory(const Napi::CallbackInfo& info) {
  if (info[0].IsNumber() && info[1].IsNumber()) {
    // EINVAL: it went with its directory.
    (void)inotify_rm_watch(info[0].As<Napi::Number>().Int32Value(),
                           info[1].As<Napi::Number>().Int32Value());
  }
  return info.Env().Undefined();
}

}  // namespace

void AddDirectoryEventFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<OpenDirectoryEvents>("openDirectoryEvents");
  functions.Add<AddDirectory>("addDirectory");
  functions.Add<RemoveDirectory>("removeDirectory");
}

}  // namespace raw_exec::addon
