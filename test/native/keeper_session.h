// What tests of commands beside tasks have in common.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>

#include "keeper_client.h"
#include "keeper_process.h"

namespace raw_exec::test {

inline constexpr int kLong = 60'000;

// Runs until a signal of the test's tells it to end with a code.
inline constexpr char kEndsWhenTold[] = "trap 'exit 5' USR1; while :; do sleep 0.01; done";

// A command beside a task.
inline KeptTask Beside(const std::string& id) {
  constexpr int32_t kEverything = static_cast<int32_t>(wire::SignalTarget::everything);
  KeptTask session;
  session.id = id;
  session.is_session = true;
  session.on_supervisor_exit = wire::OnSupervisorExit::kill;
  session.steps = {{SIGHUP, kEverything, 50}};
  return session;
}

class KeeperSession : public testing::Test {
 protected:
  void StartKeeper() { keeper_ = std::make_unique<KeeperProcess>(state_.path()); }
  void SetUp() override {
    StartKeeper();
    client_ = std::make_unique<KeeperClient>(state_.path());
  }
  wire::Started StartTask(const KeptTask& task = {}) {
    ShellPlan plan("exec sleep 1000");
    return client_->Start(&plan, task);
  }
  wire::Started Exec(const std::string& script, const KeptTask& session = Beside("task")) {
    ShellPlan plan(script);
    const wire::Started started = client_->Start(&plan, session);
    if (script == kEndsWhenTold) AwaitHandled(started.pid, SIGUSR1);
    return started;
  }
  void EndTask() {
    client_->Answer(client_->SendStop("task", {}, kLong));
    client_->Forget("task");
  }
  void ExpectRefusal(uint64_t request, wire::Reason reason) {
    EXPECT_EQ(client_->Fail(request).reason, static_cast<int32_t>(reason));
  }

  StateFolder state_;
  std::unique_ptr<KeeperProcess> keeper_;
  std::unique_ptr<KeeperClient> client_;
};

}  // namespace raw_exec::test
