// Writes one input for each kind of message, plan and record, as our own writers write them, into
// the directory that it is told: `wire_seeds DIRECTORY`.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "../../native/core/keeper_client.h"
#include "../../native/core/plan_wire.h"
#include "../../native/core/records/task_record.h"
#include "../../native/core/wire/holder_messages.h"
#include "../../native/core/wire/message_writer.h"
#include "../../native/core/wire/pump_messages.h"
#include "decoders.h"
#include "seed_plan.h"
#include "seed_start.h"
#include "surroundings.h"

namespace raw_exec::fuzz {
namespace {

constexpr size_t kRecordHeader = 24;  // of record_file.cc
constexpr int kOneDescriptor = 1 << 1;
constexpr int kThreeDescriptors = 3 << 1;

class Seeds {
 public:
  explicit Seeds(std::string directory) : directory_(std::move(directory)) {}

  void Put(Decoder decoder, int options, const std::string& name, const std::string& bytes) {
    const std::string path = directory_ + "/" + name;
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    std::string all = {static_cast<char>(decoder), static_cast<char>(options)};
    all += bytes;
    if (!file || write(file.get(), all.data(), all.size()) != static_cast<ssize_t>(all.size())) {
      GiveUp(("write " + path).c_str());
    }
  }

 private:
  std::string directory_;
};

template <typename Kind, typename... Parts>
std::string Message(Kind kind, uint64_t request, const Parts&... parts) {
  std::string buffer(wire::kMaxMessage, '\0');
  wire::MessageWriter writer(buffer.data(), buffer.size(), static_cast<uint16_t>(kind), request);
  (writer.Put(parts), ...);
  return std::string(writer.View());
}

void PutClientMessages(Seeds* seeds) {
  using wire::ClientKind;
  const auto put = [seeds](const std::string& name, const std::string& bytes, int options = 0) {
    seeds->Put(Decoder::request, options | kMended, "request-" + name, bytes);
    seeds->Put(Decoder::connection, options | kMended | kGreeted, "connection-" + name, bytes);
  };
  const auto for_task = [](ClientKind kind) {
    return Written([kind](int fd) { return SendForTask(fd, 1, kind, "task"); });
  };
  put("start", SeedStart(), kOneDescriptor);
  put("start-full", FullStart(), kOneDescriptor);
  put("start-tree", TreeStart(), kOneDescriptor);
  put("exec", SeedExec(), kOneDescriptor);
  put("forget-session", Written([](int fd) { return SendForgetSession(fd, 1, "task", 2); }));
  put("signal", Written([](int fd) { return SendSignalRequest(fd, 1, "task", {SIGTERM, 2, 0}); }));
  put("stop", Written([](int fd) { return SendStop(fd, 1, "task", 0, 100, {{SIGINT, 1, 10}}); }));
  put("describe", Written([](int fd) { return SendDescribe(fd, 1, "task", "{}"); }));
  put("list", Written([](int fd) { return SendList(fd, 1, 0); }));
  put("forget", for_task(ClientKind::forget));
  put("adopt", for_task(ClientKind::adopt));
  put("log-status", for_task(ClientKind::log_status));
  seeds->Put(Decoder::connection, kMended, "connection-hello",
             Written([](int fd) { return SendHello(fd, 1, "seed"); }));
}

void PutHolderMessages(Seeds* seeds) {
  using wire::HolderKind;
  const auto order = [seeds](const std::string& name, const std::string& bytes, int options = 0) {
    seeds->Put(Decoder::holder, options | kMended, "holder-" + name, bytes);
  };
  order("attach", Message(HolderKind::attach, 1, wire::Attach{wire::kMagic, wire::kProtocol, 0}));
  order("start", HolderStartSeed(), kThreeDescriptors);
  // An attachment without a byte.
  order("note", Message(HolderKind::note, 3, wire::HolderNote{1, 77, 1, 88}, uint32_t{0}));
  const auto answer = [seeds](const std::string& name, const std::string& bytes) {
    seeds->Put(Decoder::holder_answer, kMended, "holder-answer-" + name, bytes);
    seeds->Put(Decoder::holder_answer, kMended | kGreeted, "holder-gone-" + name, bytes);
  };
  answer("attached", Message(HolderKind::attached, 1, wire::Attached{1, 0}));
  answer("held", Message(HolderKind::held, 1, wire::Held{2, 5, 0}));
  answer("held-all", Message(HolderKind::held_all, 1));
  answer("started", Message(HolderKind::started, 2, wire::Started{2, 5, 0, 3, 4, 0}));
  answer("failed", Message(HolderKind::failed, 2, wire::Failed{2, 2, 0, -1, 0, 0}, uint32_t{0}));
  wire::HolderExited exited = {2, 5, 0, {}};
  exited.exit.state = static_cast<int32_t>(wire::ExitState::exited);
  answer("exited", Message(HolderKind::exited, 0, exited));
}

void PutPumpMessages(Seeds* seeds) {
  using wire::PumpKind;
  const wire::LogSpec spec = {1, 0, 1, 3, 4096, 0640, 0, 0, 0};
  std::string buffer(wire::kMaxMessage, '\0');
  wire::MessageWriter add(buffer.data(), buffer.size(), static_cast<uint16_t>(PumpKind::add), 1);
  add.Put(wire::PumpAdd{4, spec}).PutText("/nonexistent").PutText("web.stdout");
  const auto put = [seeds](const std::string& name, const std::string& bytes) {
    seeds->Put(Decoder::pump, kMended, "pump-" + name, bytes);
  };
  put("add", std::string(add.View()));
  put("finish", Message(PumpKind::finish, 2, wire::PumpStream{4}));
  put("ask", Message(PumpKind::ask, 3, wire::PumpStream{4}));
  put("remove", Message(PumpKind::remove, 4, wire::PumpStream{4}));
}

std::string Contents(int directory_fd, const char* name) {
  const UniqueFd file(openat(directory_fd, name, O_RDONLY | O_CLOEXEC));
  std::string bytes(wire::kMaxMessage, '\0');
  const ssize_t got = read(file.get(), bytes.data(), bytes.size());
  if (got <= 0) GiveUp("read a record");
  bytes.resize(static_cast<size_t>(got));
  return bytes;
}

// As the file lies there, and without its header, which kMended makes anew.
void PutRecords(Seeds* seeds) {
  keeper::StateDirectory state;
  if (state.Open(StatePath())) GiveUp("open its state directory");
  StartRecord start;
  start.serial = 1;
  start.pid = 77;
  start.task_id = "task";
  start.v2_group = "/sys/fs/cgroup/none";
  start.v1_groups = {{"memory", "/sys/fs/cgroup/memory/none"}};
  start.steps = {{SIGINT, 0, 5000}};
  start.logs[1] = {{1, 0, 0, 3, 4096, 0640, 0, 0, 0}, "/nonexistent", "web.stderr"};
  start.attachment = "{}";
  const ExitRecord exit = {1, {}};
  const auto write = [&] {
    if (WriteStart(state.tasks_fd(), start) != 0) GiveUp("write a record");
  };
  if (WriteNewExit(state.tasks_fd(), exit) != 0) GiveUp("write a record");
  const auto put = [&](const char* file, const std::string& name, int options) {
    const std::string bytes = Contents(state.tasks_fd(), TaskPath(1, file).get());
    seeds->Put(Decoder::record, options, "record-" + name + "-file", bytes);
    seeds->Put(Decoder::record, options | kMended, "record-" + name, bytes.substr(kRecordHeader));
  };
  write();
  put("start", "start", 0);
  put("exit", "exit", kExit);
  start.session_of = 2;
  write();
  put("start", "session", kSession);
  start.v2_group.clear();
  start.v1_groups.clear();
  start.is_tree = true;
  start.reaper_pid = 76;
  start.reaper_start_ticks = 88;
  write();
  put("start", "tree", kTree);
}

int Main(const char* directory) {
  Seeds seeds(directory);
  PutClientMessages(&seeds);
  PutHolderMessages(&seeds);
  PutPumpMessages(&seeds);
  PutRecords(&seeds);
  seeds.Put(Decoder::plan, 0, "plan", SeedPlan());
  const std::string no_change(3, '\0');
  seeds.Put(Decoder::plan, kChanges, "plan-changed", no_change);
  seeds.Put(Decoder::request, kChanges | kOneDescriptor, "request-changed", no_change);
  seeds.Put(Decoder::holder, kChanges | kThreeDescriptors, "holder-changed", no_change);
  return 0;
}

}  // namespace
}  // namespace raw_exec::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    (void)std::fprintf(stderr, "usage: wire_seeds DIRECTORY\n");
    return 2;
  }
  return raw_exec::fuzz::Main(argv[1]);
}
