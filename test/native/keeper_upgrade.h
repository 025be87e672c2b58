// What tests of an upgrade have in common: a keeper of this version, and executables that it is
// asked to become.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {

// Runs until a signal of the test's tells it to end with a code.
inline constexpr char kEndsWhenTold[] = "trap 'exit 5' USR1; while :; do sleep 0.01; done";
inline const uint16_t kNext = static_cast<uint16_t>(wire::kProtocol + 1);

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string ExecutableOf(pid_t pid) {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", ignored).string();
}

class KeeperUpgrade : public testing::Test {
 protected:
  void StartKeeper(const std::string& program = RAW_EXEC_KEEPER,
                   const std::vector<std::string>& options = {}) {
    keeper_ = std::make_unique<KeeperProcess>(state_.path(), program, options);
  }

  wire::Started StartTask(KeeperClient* client, const std::string& id, const std::string& script) {
    KeptTask task;
    task.id = id;
    ShellPlan plan(script);
    const wire::Started started = client->Start(&plan, task);
    if (script.starts_with("trap")) AwaitHandled(started.pid, SIGUSR1);
    return started;
  }

  uint64_t AskForUpgrade(KeeperClient* client, const std::string& path, uint16_t protocol = kNext) {
    return client->Ask(wire::ClientKind::upgrade, wire::Upgrade{wire::kMagic, protocol, 0}, path);
  }
  void MustUpgrade(const std::string& path = RAW_EXEC_NEXT_KEEPER) {
    KeeperClient client(state_.path(), false);
    AskForUpgrade(&client, path);
    ASSERT_TRUE(client.AwaitClosed());
  }
  // The next version; but when it takes over, and nobody is there to see it, a task ends first, and
  // /proc/PID/stat comes to be as the shell's case says. Builtins alone: a shell that has children
  // would reap the task.
  std::string EndingFirst(pid_t pid, const std::string& ended) {
    const std::string stat = "/proc/" + std::to_string(pid) + "/stat";
    return Script("if [ \"$1\" != check-handover ]; then\n  kill -USR1 " + std::to_string(pid) +
                  "\n  while :; do\n    line=; { read -r line < " + stat +
                  "; } 2>/dev/null\n    case \"$line\" in " + ended +
                  ") break;; esac\n  done\nfi\nexec " + RAW_EXEC_NEXT_KEEPER + " \"$@\"\n");
  }
  // What the keeper says when it does not become that file.
  std::string Refusal(const std::string& path, uint16_t protocol = kNext) {
    KeeperClient client(state_.path(), false);
    const KeeperMessage answer = client.Answer(AskForUpgrade(&client, path, protocol));
    EXPECT_EQ(answer.kind, wire::ClientKind::failed);
    EXPECT_EQ(answer.As<wire::Failed>().reason, static_cast<int32_t>(wire::Reason::upgrade));
    wire::MessageReader reader = answer.Read();
    wire::Failed failed = {};
    std::string_view text;
    EXPECT_TRUE(reader.Take(&failed) && reader.TakeText(&text, wire::kMaxMessage));
    return std::string(text);
  }
  std::string Script(const std::string& lines, mode_t mode = 0700) {
    const std::string path = other_.path() + "/script";
    std::ofstream(path) << "#!/bin/sh\n" << lines;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  // Once it has ended; forgets it.
  wire::ExitFacts EndOf(const std::string& id) {
    KeeperClient client(state_.path(), true, kNext);
    wire::ExitFacts exit = {};
    Await("the task has ended", [&] {
      for (const ListedTask& task : client.List()) {
        if (task.id == id) exit = task.info.exit;
      }
      return exit.state != static_cast<int32_t>(wire::ExitState::running);
    });
    client.Forget(id);
    return exit;
  }
  // It serves as before, and its tasks too.
  void ExpectGoesOn() {
    KeeperClient client(state_.path());
    EXPECT_EQ(client.welcome().keeper_pid, keeper_->pid());
    StartTask(&client, "still", "exit 9");
    EXPECT_EQ(client.AwaitExit("still").exit.code, 9);
    client.Forget("still");
  }

  StateFolder state_;
  StateFolder other_;
  std::unique_ptr<KeeperProcess> keeper_;
};

}  // namespace raw_exec::test
