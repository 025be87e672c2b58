// A client of the keeper for tests: says what a test wants it to say, right or wrong.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../../native/core/records/task_record.h"
#include "../../native/core/unique_fd.h"
#include "../../native/core/wire/client_messages.h"
#include "../../native/core/wire/message_reader.h"
#include "../../native/core/wire/message_writer.h"
#include "test_plan.h"

namespace raw_exec::test {

struct KeeperMessage {
  wire::ClientKind kind = wire::ClientKind{0};
  uint64_t request = 0;
  std::string bytes;

  wire::MessageReader Read() const { return {bytes.data(), bytes.size()}; }
  // Its fixed part, which has to be there.
  template <typename Part>
  Part As() const {
    wire::MessageReader reader = Read();
    Part part = {};
    reader.Take(&part);
    return part;
  }
};

// A shell that runs a script, with /dev/null as its stdio.
class ShellPlan : public TestPlan {
 public:
  explicit ShellPlan(const std::string& script);
};

// What a start says beside its plan.
struct KeptTask {
  std::string id = "task";
  bool is_session = false;
  bool is_tree = false;
  std::string v2_group;
  int cgroup_fd = -1;
  std::vector<V1Group> v1_groups;
  LogFiles logs[2];
  std::string attachment;
  std::vector<wire::Step> steps;
  wire::OnSupervisorExit on_supervisor_exit = wire::OnSupervisorExit::keep;
};

// One start as a message, to be spoilt by tests.
struct StartMessage {
  wire::Start fixed = {};
  std::vector<int> fds;
  UniqueFd memfd;
};

UniqueFd MakePlanMemfd(std::string_view bytes, bool is_sealed = true);
std::string WrittenPlan(TestPlan* plan);
StartMessage MakeStart(TestPlan* plan, const KeptTask& task);

struct ListedTask {
  wire::TaskInfo info = {};
  std::string id;
  std::string v2_group;
  std::string attachment;
};

class KeeperClient {
 public:
  // Connects; says hello unless told otherwise.
  explicit KeeperClient(const std::string& state, bool greets = true,
                        uint16_t protocol = wire::kProtocol);

  bool is_connected() const { return static_cast<bool>(socket_); }
  int fd() const { return socket_.get(); }
  const wire::Welcome& welcome() const { return welcome_; }

  bool SendBytes(std::string_view bytes, const std::vector<int>& fds = {});
  // The number of the request.
  uint64_t SendStart(const StartMessage& message, const KeptTask& task);
  uint64_t Ask(wire::ClientKind kind, std::string_view id);
  template <typename Part>
  uint64_t Ask(wire::ClientKind kind, const Part& part, std::optional<std::string_view> id) {
    char buffer[2048];
    wire::MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(kind), ++last_);
    writer.Put(part);
    if (id.has_value()) writer.PutText(*id);
    SendBytes(writer.View());
    return last_;
  }

  // The answer to a request; what comes before it and was not asked for is kept.
  KeeperMessage Answer(uint64_t request);
  // The next `exited` of this task.
  wire::Exited AwaitExit(std::string_view id);
  // That of a session.
  wire::Exited AwaitSessionExit(uint64_t serial);
  // Until the keeper closes the connection; false when it does not.
  bool AwaitClosed();

  // Starts, and expects that to go well.
  wire::Started Start(TestPlan* plan, const KeptTask& task);
  // Expects a `failed`.
  wire::Failed Fail(uint64_t request);
  std::vector<ListedTask> List();
  void Forget(std::string_view id);
  // Asks that the task's attachment be another one; the number of the request.
  uint64_t SendDescribe(std::string_view id, std::string_view attachment);
  wire::Signalled Signal(std::string_view id, int signal,
                         wire::SignalTarget target = wire::SignalTarget::main,
                         uint64_t session = 0);
  uint64_t SendStop(std::string_view id, const std::vector<wire::Step>& steps, int kill_grace_ms,
                    uint64_t session = 0);
  uint64_t SendForgetSession(std::string_view id, uint64_t session) {
    return Ask(wire::ClientKind::forget_session, wire::ForgetSession{session}, id);
  }

 private:
  std::optional<KeeperMessage> Receive();
  // The next of this kind that is `wanted`.
  template <typename Wanted>
  wire::Exited AwaitExited(wire::ClientKind kind, Wanted wanted);

  std::string state_;
  UniqueFd socket_;
  wire::Welcome welcome_ = {};
  uint64_t last_ = 0;
  bool is_closed_ = false;
  std::deque<KeeperMessage> exits_;
};

}  // namespace raw_exec::test
