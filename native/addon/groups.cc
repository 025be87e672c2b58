// Groups for JavaScript: single steps on the calling thread for the path of a start, lists on a
// thread of their own for everything else.
#include "groups.h"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "../core/group_directory.h"
#include "../core/group_files.h"
#include "../core/group_removal.h"
#include "../core/unique_fd.h"
#include "text_list.h"
#include "thread_job.h"

namespace raw_exec::addon {
namespace {

constexpr int kIndexShift = 16;  // above every errno

napi_value Number(napi_env env, int64_t value) {
  napi_value number = nullptr;
  napi_create_int64(env, value, &number);
  return number;
}

// 0, or index + 1 above the errno, as src/native/groups.ts takes it apart.
int64_t Pack(const WriteOutcome& outcome) {
  if (outcome.error == 0) return 0;
  return ((static_cast<int64_t>(outcome.index) + 1) << kIndexShift) | outcome.error;
}

napi_value Strings(napi_env env, const std::vector<std::string>& texts) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, texts.size(), &array);
  for (size_t i = 0; i < texts.size(); ++i) {
    napi_value text = nullptr;
    napi_create_string_utf8(env, texts[i].data(), texts[i].size(), &text);
    napi_set_element(env, array, static_cast<uint32_t>(i), text);
  }
  return array;
}

napi_value Numbers(napi_env env, const std::vector<int>& numbers) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, numbers.size(), &array);
  for (size_t i = 0; i < numbers.size(); ++i) {
    napi_set_element(env, array, static_cast<uint32_t>(i), Number(env, numbers[i]));
  }
  return array;
}

// The arguments of a call: one or two lists, and numbers behind them.
struct Arguments {
  Arguments(napi_env env, napi_callback_info info) : environment(env) {
    size_t count = std::size(values);
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
  bool Read(size_t index, TextList* list) const {
    if (list->Read(environment, values[index])) return true;
    napi_throw_type_error(environment, nullptr, "a list of strings joined with NULs is needed");
    return false;
  }
  int32_t Int(size_t index) const {
    int32_t number = 0;
    napi_get_value_int32(environment, values[index], &number);
    return number;
  }
  napi_env environment;
  napi_value values[4] = {};
};

// A v2 group as a start takes it. Never 0 to 2, which a child's stdio could be taken for.
struct HeldGroup {
  UniqueFd directory;
  UniqueFd events;

  bool Open(const std::string& path) {
    directory = AboveStdio(UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
    events = AboveStdio(UniqueFd(open((path + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC)));
    return static_cast<bool>(directory) && static_cast<bool>(events);
  }
};

// groupOpen(path): the descriptors of the directory and of its cgroup.events; or -1 for both: the
// start then goes by the path, and meets the reason.
napi_value GroupOpen(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList path;
  if (!arguments.Read(0, &path)) return nullptr;
  HeldGroup group;
  if (path.views().size() != 1 || !group.Open(std::string(path.views()[0]))) {
    return Numbers(env, {-1, -1});
  }
  return Numbers(env, {group.directory.Release(), group.events.Release()});
}

// groupMake(paths, owner): makes them in order; 0 or a packed failure.
napi_value GroupMake(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList paths;
  TextList owner;
  if (!arguments.Read(0, &paths) || !arguments.Read(1, &owner)) return nullptr;
  const std::string_view mark = owner.views().empty() ? "" : owner.views()[0];
  for (size_t i = 0; i < paths.views().size(); ++i) {
    const int error = MakeGroup(paths.views()[i].data(), mark);
    if (error != 0) return Number(env, Pack({error, i}));
  }
  return Number(env, 0);
}

// groupMark(path, task): 0 or errno.
napi_value GroupMark(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList path;
  TextList task;
  if (!arguments.Read(0, &path) || !arguments.Read(1, &task)) return nullptr;
  if (path.views().size() != 1 || task.views().size() != 1) return Number(env, EINVAL);
  return Number(env, MarkGroup(path.views()[0].data(), task.views()[0]));
}

// groupMarkHeld(directory, events, task): the same by descriptor.
napi_value GroupMarkHeld(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList task;
  if (!arguments.Read(2, &task)) return nullptr;
  if (task.views().size() != 1) return Number(env, EINVAL);
  return Number(env, MarkGroup(arguments.Int(0), arguments.Int(1), task.views()[0]));
}

// groupGive(path, owner): 0 or errno.
napi_value GroupGive(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList path;
  TextList owner;
  if (!arguments.Read(0, &path) || !arguments.Read(1, &owner)) return nullptr;
  if (path.views().size() != 1 || owner.views().size() != 1) return Number(env, EINVAL);
  return Number(env, GiveGroup(path.views()[0].data(), owner.views()[0]));
}

// groupDiscard(path): removes a group that nothing was ever in; 0 or errno.
napi_value GroupDiscard(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList path;
  if (!arguments.Read(0, &path)) return nullptr;
  if (path.views().size() != 1) return Number(env, EINVAL);
  return Number(env, RemoveGroup(std::string(path.views()[0])));
}

// groupWrite(pairs): 0 or a packed failure.
napi_value GroupWrite(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList pairs;
  if (!arguments.Read(0, &pairs)) return nullptr;
  return Number(env, Pack(WriteGroupFiles(pairs.views())));
}

// groupRead(paths): what stands in each, or its errno as a number.
napi_value GroupRead(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList paths;
  if (!arguments.Read(0, &paths)) return nullptr;
  napi_value array = nullptr;
  napi_create_array_with_length(env, paths.views().size(), &array);
  std::string text;
  for (size_t i = 0; i < paths.views().size(); ++i) {
    napi_value value = nullptr;
    const int error = ReadGroupFile(paths.views()[i].data(), &text);
    if (error != 0) {
      value = Number(env, error);
    } else {
      napi_create_string_utf8(env, text.data(), text.size(), &value);
    }
    napi_set_element(env, array, static_cast<uint32_t>(i), value);
  }
  return array;
}

class WriteJob : public ThreadJob {
 public:
  explicit WriteJob(TextList pairs) : pairs_(std::move(pairs)) {}
  void Run() override { outcome_ = WriteGroupFiles(pairs_.views()); }
  napi_value Result(napi_env env) override { return Number(env, Pack(outcome_)); }

 private:
  TextList pairs_;
  WriteOutcome outcome_;
};

napi_value GroupWriteLater(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList pairs;
  if (!arguments.Read(0, &pairs)) return nullptr;
  return ThreadJob::Start(env, std::make_unique<WriteJob>(std::move(pairs)));
}

// Makes groups, opens those of v2, and once the files that a start will open.
class MakeJob : public ThreadJob {
 public:
  MakeJob(TextList paths, TextList owner, TextList held, TextList warm)
      : paths_(std::move(paths)),
        owner_(std::move(owner)),
        held_(std::move(held)),
        warm_(std::move(warm)) {}

  void Run() override {
    const std::string_view mark = owner_.views().empty() ? "" : owner_.views()[0];
    for (size_t i = 0; i < paths_.views().size() && outcome_.error == 0; ++i) {
      outcome_ = {MakeGroup(paths_.views()[i].data(), mark), i};
    }
    if (outcome_.error != 0) return;
    WarmGroupFiles(warm_.views());
    for (const std::string_view path : held_.views()) {
      HeldGroup group;
      if (!group.Open(std::string(path))) group = HeldGroup();
      groups_.push_back(std::move(group));
    }
  }

  // The packed failure, then two descriptors for each group that is to be held.
  napi_value Result(napi_env env) override {
    napi_value array = nullptr;
    napi_create_array(env, &array);
    napi_set_element(env, array, 0, Number(env, Pack(outcome_)));
    uint32_t index = 1;
    for (HeldGroup& group : groups_) {
      napi_set_element(env, array, index++, Number(env, group.directory.Release()));
      napi_set_element(env, array, index++, Number(env, group.events.Release()));
    }
    return array;
  }

 private:
  TextList paths_;
  TextList owner_;
  TextList held_;
  TextList warm_;
  WriteOutcome outcome_;
  std::vector<HeldGroup> groups_;
};

napi_value GroupMakeLater(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList paths;
  TextList owner;
  TextList held;
  TextList warm;
  if (!arguments.Read(0, &paths) || !arguments.Read(1, &owner) || !arguments.Read(2, &held) ||
      !arguments.Read(3, &warm)) {
    return nullptr;
  }
  return ThreadJob::Start(env, std::make_unique<MakeJob>(std::move(paths), std::move(owner),
                                                         std::move(held), std::move(warm)));
}

class RemoveJob : public ThreadJob {
 public:
  RemoveJob(std::vector<std::string> paths, Members members, int32_t timeout_ms)
      : paths_(std::move(paths)), members_(members), timeout_ms_(timeout_ms) {}
  void Run() override { errors_ = RemoveGroups(paths_, members_, timeout_ms_); }
  napi_value Result(napi_env env) override { return Numbers(env, errors_); }

 private:
  std::vector<std::string> paths_;
  Members members_;
  int32_t timeout_ms_;
  std::vector<int> errors_;
};

napi_value GroupRemove(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList paths;
  if (!arguments.Read(0, &paths)) return nullptr;
  return ThreadJob::Start(
      env, std::make_unique<RemoveJob>(paths.Copies(), static_cast<Members>(arguments.Int(1)),
                                       arguments.Int(2)));
}

class ListJob : public ThreadJob {
 public:
  explicit ListJob(std::string path) : path_(std::move(path)) {}
  void Run() override { error_ = ListGroups(path_, &groups_); }
  napi_value Result(napi_env env) override {
    if (error_ != 0) return Number(env, error_);
    std::vector<std::string> texts;
    texts.reserve(groups_.size() * 3);
    for (ListedGroup& group : groups_) {
      texts.push_back(std::move(group.name));
      texts.push_back(std::move(group.owner));
      texts.push_back(std::move(group.task));
    }
    return Strings(env, texts);
  }

 private:
  std::string path_;
  std::vector<ListedGroup> groups_;
  int error_ = 0;
};

napi_value GroupList(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  TextList path;
  if (!arguments.Read(0, &path)) return nullptr;
  std::vector<std::string> paths = path.Copies();
  return ThreadJob::Start(
      env, std::make_unique<ListJob>(paths.empty() ? std::string() : std::move(paths[0])));
}

}  // namespace

void AddGroupFunctions(Napi::Env env, Napi::Object exports) {
  const auto method = [](const char* name, napi_callback callback) {
    return napi_property_descriptor{name,    nullptr, callback,     nullptr,
                                    nullptr, nullptr, napi_default, nullptr};
  };
  const napi_property_descriptor properties[] = {
      method("groupOpen", GroupOpen),     method("groupMake", GroupMake),
      method("groupMark", GroupMark),     method("groupMarkHeld", GroupMarkHeld),
      method("groupGive", GroupGive),     method("groupWrite", GroupWrite),
      method("groupRead", GroupRead),     method("groupWriteLater", GroupWriteLater),
      method("groupRemove", GroupRemove), method("groupMakeLater", GroupMakeLater),
      method("groupList", GroupList),     method("groupDiscard", GroupDiscard),
  };
  napi_define_properties(env, exports, std::size(properties), properties);
}

}  // namespace raw_exec::addon
