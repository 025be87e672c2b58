// A real holder on a state directory of its own, and the keeper's end of the socket to it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "../../native/core/records/task_record.h"
#include "../../native/core/unique_fd.h"
#include "../../native/core/wire/holder_messages.h"
#include "test_plan.h"

namespace raw_exec::test {

// A directory below /tmp that goes with its content.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct HolderMessage {
  wire::HolderKind kind = {};
  uint64_t request = 0;
  std::string body;  // behind the frame

  // The fixed part.
  template <typename Part>
  Part As() const {
    Part part = {};
    if (body.size() >= sizeof(part)) std::memcpy(&part, body.data(), sizeof(part));
    return part;
  }
};

struct TaskOrder {
  uint64_t serial = 1;
  int32_t deadline_ms = 10'000;
  int32_t supervisor_pid = 4711;
  std::string task_id = "a-task";
  bool is_tree = false;
  std::string v2_group;
  int cgroup_fd = -1;
  std::vector<V1Group> v1_groups;
  std::string attachment = "what the supervisor keeps";
  std::vector<wire::Step> steps;
  uint32_t plan_version = 0;  // 0: the right one
};

// The keeper's end of one connection.
class HolderLink {
 public:
  HolderLink() = default;
  explicit HolderLink(UniqueFd socket) : socket_(std::move(socket)) {}

  bool SendBytes(const std::string& bytes, const std::vector<int>& fds = {});
  template <typename Part>
  void Send(wire::HolderKind kind, uint64_t request, const Part& part) {
    SendPart(kind, request, &part, sizeof(part));
  }
  // The message of a start, and its descriptors.
  void SendStart(TestPlan* plan, const TaskOrder& order, uint64_t request);
  void SendAttach(uint64_t request);
  void SendNote(uint64_t request, const wire::HolderNote& note, std::string_view attachment);

  // The next message of this kind (and request); the others are kept. Fails the test when none
  // comes within ten seconds, and gives one of kind 0.
  HolderMessage Await(wire::HolderKind kind, uint64_t request = 0);
  // An answer of any kind.
  HolderMessage AwaitAnswer(uint64_t request);
  wire::HolderExited AwaitExit(uint64_t serial);
  // Whether the other end has closed it by then.
  bool AwaitEnd();

  void Close() { socket_.Reset(); }
  int fd() const { return socket_.get(); }

 private:
  void SendPart(wire::HolderKind kind, uint64_t request, const void* part, size_t size);
  // False at the end of the connection, or of the time.
  bool ReceiveOne();

  UniqueFd socket_;
  std::deque<HolderMessage> received_;
  bool has_ended_ = false;
};

class HolderProcess {
 public:
  struct Options {
    std::string state;   // empty: a new directory
    std::string keeper;  // what it starts when no keeper is there; empty: a program that fails
    uint64_t descriptors = 0;  // its RLIMIT_NOFILE; 0: as ours
  };

  HolderProcess() : HolderProcess(Options{}) {}
  explicit HolderProcess(const Options& options);
  // Ends it, and whatever it has left to this process.
  ~HolderProcess();
  HolderProcess(const HolderProcess&) = delete;
  HolderProcess& operator=(const HolderProcess&) = delete;

  pid_t pid() const { return pid_; }
  const std::string& state() const { return state_; }
  int tasks_fd();

  HolderLink& link() { return link_; }
  // A further connection, by holder.sock.
  HolderLink Connect() const;

  // Starts and awaits the answer.
  HolderMessage Start(TestPlan* plan, const TaskOrder& order);
  // The same, of what must succeed.
  wire::Started MustStart(TestPlan* plan, const TaskOrder& order);
  void Signal(uint64_t serial, int signal, bool to_group = false);

  void Kill();
  // Its exit code, when it ends by itself within ten seconds; -1 else.
  int AwaitExitCode();

  bool HasFiles(uint64_t serial) const;

 private:
  TestDirectory directory_;
  std::string state_;
  UniqueFd tasks_;
  pid_t pid_ = -1;
  HolderLink link_;
  uint64_t next_request_ = 1000;
};

// Until `is_so()` or ten seconds have passed.
template <typename Condition>
bool WaitFor(Condition is_so) {
  constexpr int kTries = 10'000;
  for (int i = 0; i < kTries; ++i) {
    if (is_so()) return true;
    const timespec pause = {0, 1'000'000};
    nanosleep(&pause, nullptr);
  }
  return false;
}

// Children of a process, zombies too.
std::vector<pid_t> ChildrenOf(pid_t pid);
// 'R', 'S', 'Z' and so on; 0 when there is no such process.
char StateOf(pid_t pid);

}  // namespace raw_exec::test
