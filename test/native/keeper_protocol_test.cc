// A keeper and clients that do not behave.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <random>

#include "../../native/core/plan_wire.h"
#include "keeper_client.h"
#include "keeper_process.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

class KeeperProtocol : public testing::Test {
 protected:
  // Whatever a bad client did, the keeper serves another.
  ~KeeperProtocol() override {
    EXPECT_TRUE(keeper_.IsAlive());
    ShellPlan plan("exit 0");
    KeptTask task;
    task.id = "last";
    KeeperClient client(state_.path());
    client.Start(&plan, task);
    EXPECT_EQ(client.AwaitExit("last").exit.code, 0);
    client.Forget("last");
    EXPECT_TRUE(state_.Tasks().empty());
  }

  void ExpectRefused(KeeperClient* client, uint64_t request, int error = EBADMSG) {
    const wire::Failed failed = client->Fail(request);
    EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::malformed));
    EXPECT_EQ(failed.error, error);
    EXPECT_TRUE(client->AwaitClosed());
  }
  // A start that a test has spoilt.
  void ExpectStartRefused(const StartMessage& message, const KeptTask& task = {}) {
    KeeperClient client(state_.path());
    ExpectRefused(&client, client.SendStart(message, task));
  }

  StateFolder state_;
  KeeperProcess keeper_{state_.path()};
};

std::string FrameBytes(uint32_t size, uint16_t kind, uint64_t request) {
  const wire::Frame frame = {size, kind, 0, request};
  return std::string(reinterpret_cast<const char*>(&frame), sizeof(frame));
}

TEST_F(KeeperProtocol, RefusesAnotherVersion) {
  KeeperClient client(state_.path(), false);
  const wire::Hello hello = {wire::kMagic, static_cast<uint16_t>(wire::kProtocol + 1), 0};
  const wire::Failed failed = client.Fail(client.Ask(wire::ClientKind::hello, hello, "test"));
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::protocol));
  EXPECT_TRUE(client.AwaitClosed());
}

TEST_F(KeeperProtocol, RefusesAForeignHello) {
  KeeperClient client(state_.path(), false);
  const wire::Hello hello = {wire::kMagic + 1, wire::kProtocol, 0};
  ExpectRefused(&client, client.Ask(wire::ClientKind::hello, hello, "test"), EPROTO);
}

TEST_F(KeeperProtocol, RefusesARequestBeforeHello) {
  KeeperClient client(state_.path(), false);
  ExpectRefused(&client, client.Ask(wire::ClientKind::list, wire::List{0}, std::nullopt), EPROTO);
}

TEST_F(KeeperProtocol, RefusesASecondHello) {
  KeeperClient client(state_.path());
  const wire::Hello hello = {wire::kMagic, wire::kProtocol, 0};
  ExpectRefused(&client, client.Ask(wire::ClientKind::hello, hello, "test"), EPROTO);
}

TEST_F(KeeperProtocol, ClosesWhoSendsGarbage) {
  std::mt19937 random(1);
  for (const size_t size :
       {size_t{1}, size_t{15}, size_t{16}, size_t{17}, size_t{1000}, size_t{65536}}) {
    for (const bool greets : {false, true}) {
      KeeperClient client(state_.path(), greets);
      std::string bytes(size, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      ASSERT_TRUE(client.SendBytes(bytes)) << size;
      EXPECT_TRUE(client.AwaitClosed()) << size;
    }
  }
}

TEST_F(KeeperProtocol, ClosesWhoSendsMessagesOfAWrongSize) {
  const std::string messages[] = {
      FrameBytes(0, 5, 1),   FrameBytes(15, 5, 1),       FrameBytes(17, 5, 1),
      FrameBytes(~0U, 5, 1), FrameBytes(16, 5, 1) + "x", std::string(wire::kMaxMessage + 1, '\0')};
  for (const std::string& message : messages) {
    KeeperClient client(state_.path());
    ASSERT_TRUE(client.SendBytes(message));
    EXPECT_TRUE(client.AwaitClosed());
  }
  KeeperClient client(state_.path());
  ASSERT_EQ(send(client.fd(), "", 0, MSG_NOSIGNAL), 0);
  EXPECT_TRUE(client.AwaitClosed()) << "an empty message";
}

TEST_F(KeeperProtocol, RefusesAnUnknownKindAndRequestZero) {
  KeeperClient client(state_.path());
  client.SendBytes(FrameBytes(16, 99, 7));
  ExpectRefused(&client, 7);
  KeeperClient other(state_.path());
  other.SendBytes(FrameBytes(16, 5, 0));
  ExpectRefused(&other, 0);
}

TEST_F(KeeperProtocol, RefusesARequestNumberThatIsUnderWay) {
  KeeperClient client(state_.path());
  ShellPlan plan("while :; do sleep 0.01; done");
  client.Start(&plan, {});
  // A signal that ends nothing: the stop is under way as long as it takes.
  const wire::Step step = {SIGCONT, 0, 1'000'000};
  const uint64_t request = client.SendStop("task", {step}, 1000);
  char buffer[64];
  wire::MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(wire::ClientKind::list),
                             request);
  client.SendBytes(writer.Put(wire::List{0}).View());
  ExpectRefused(&client, request);
  KeeperClient other(state_.path());
  other.Signal("task", SIGKILL);
  other.AwaitExit("task");
  other.Forget("task");
}

TEST_F(KeeperProtocol, RefusesTextsThatAreCut) {
  for (const wire::ClientKind kind : {wire::ClientKind::forget, wire::ClientKind::adopt,
                                      wire::ClientKind::log_status, wire::ClientKind::describe}) {
    KeeperClient client(state_.path());
    const uint32_t length = 100;
    ExpectRefused(&client, client.Ask(kind, length, std::nullopt));
  }
  KeeperClient client(state_.path());
  ExpectRefused(&client, client.Ask(wire::ClientKind::forget, std::string_view("a\0b", 3)));
}

TEST_F(KeeperProtocol, RefusesNumbersOutOfRange) {
  for (const wire::Signal order :
       {wire::Signal{65, 0, 0}, wire::Signal{-1, 0, 0}, wire::Signal{9, 3, 0}}) {
    KeeperClient client(state_.path());
    ExpectRefused(&client, client.Ask(wire::ClientKind::signal, order, "task"));
  }
  for (const int32_t steps : {-1, wire::kMaxSteps + 1, 1}) {
    wire::Stop order = {};
    order.step_count = steps;  // of which the first has signal 0
    KeeperClient client(state_.path());
    ExpectRefused(&client, client.Ask(wire::ClientKind::stop, order, "task"));
  }
}

TEST_F(KeeperProtocol, RefusesPlansThatMayChangeOrAreCut) {
  ShellPlan plan("exit 0");
  const std::string bytes = WrittenPlan(&plan);
  StartMessage message = MakeStart(&plan, {});
  UniqueFd memfd = MakePlanMemfd(bytes, false);
  message.fds[0] = memfd.get();
  ExpectStartRefused(message);
  for (const int seals : {F_SEAL_WRITE, F_SEAL_WRITE | F_SEAL_GROW, F_SEAL_GROW | F_SEAL_SHRINK}) {
    memfd = MakePlanMemfd(bytes, false);
    ASSERT_EQ(fcntl(memfd.get(), F_ADD_SEALS, seals), 0);
    message.fds[0] = memfd.get();
    ExpectStartRefused(message);
  }
  memfd = MakePlanMemfd(bytes.substr(0, bytes.size() - 1));
  message.fds[0] = memfd.get();
  ExpectStartRefused(message);
  message.fixed.plan_size = static_cast<uint32_t>(bytes.size() - 1);
  ExpectStartRefused(message);
  for (const uint32_t size : {0U, 8U, ~0U}) {
    message.fixed.plan_size = size;
    ExpectStartRefused(message);
  }
}

TEST_F(KeeperProtocol, RefusesOffsetsOutOfRange) {
  ShellPlan plan("exit 0");
  const std::string bytes = WrittenPlan(&plan);
  for (size_t at = 0; at + 8 <= offsetof(SpawnPlan, report); at += 8) {
    std::string spoilt = bytes;
    const uint64_t far = uint64_t{1} << 40;
    std::memcpy(spoilt.data() + at, &far, sizeof(far));
    StartMessage message = MakeStart(&plan, {});
    message.memfd = MakePlanMemfd(spoilt);
    message.fds[0] = message.memfd.get();
    ExpectStartRefused(message);
  }
}

TEST_F(KeeperProtocol, ToldOfAnotherBuildItKeepsTheConnection) {
  ShellPlan plan("exit 0");
  StartMessage message = MakeStart(&plan, {});
  message.fixed.plan_version = kWireVersion + 1;
  KeeperClient client(state_.path());
  const wire::Failed failed = client.Fail(client.SendStart(message, {}));
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::protocol));
  EXPECT_TRUE(client.List().empty());
}

TEST_F(KeeperProtocol, RefusesDescriptorsOfTheWrongKindOrNumber) {
  ShellPlan plan("exit 0");
  const UniqueFd file(open("/dev/null", O_RDWR | O_CLOEXEC));
  const UniqueFd directory(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  StartMessage message = MakeStart(&plan, {});
  message.fds[0] = file.get();
  ExpectStartRefused(message);
  message = MakeStart(&plan, {});
  message.fds.push_back(file.get());
  ExpectStartRefused(message);
  message.fds.clear();
  ExpectStartRefused(message);
  message = MakeStart(&plan, {});
  message.fixed.stdio_fd_count = 5;
  ExpectStartRefused(message);
  for (const int fd : {file.get(), directory.get()}) {
    message = MakeStart(&plan, {});
    message.fixed.has_cgroup_fd = 1;
    message.fds.push_back(fd);
    ExpectStartRefused(message);
  }
  message = MakeStart(&plan, {});
  for (int i = 0; i < 200; ++i) message.fds.push_back(file.get());
  ExpectStartRefused(message);
  KeeperClient client(state_.path());
  client.SendBytes(FrameBytes(16, 4, 3), {file.get()});
  ExpectRefused(&client, 3);
}

TEST_F(KeeperProtocol, RefusesGroupsThatAreNobodysOwn) {
  ShellPlan plan("exit 0");
  for (const char* path : {"/sys/fs/cgroup/unified", "/tmp", "/nonexistent", "relative"}) {
    KeptTask task;
    task.v2_group = path;
    ExpectStartRefused(MakeStart(&plan, task), task);
    task.v2_group.clear();
    task.v1_groups = {{"memory", path}};
    ExpectStartRefused(MakeStart(&plan, task), task);
  }
}

TEST_F(KeeperProtocol, RefusesLogsThatAreNotSound) {
  ShellPlan plan("exit 0");
  const wire::LogSpec sound = {1, 0, 0, 1, 1, 0600, 0, 0, 0};
  std::vector<LogFiles> bad(9, LogFiles{sound, "/tmp", "log"});
  bad[0].directory = "relative";
  bad[1].name = "a/b";
  bad[2].name = "..";
  bad[3].name = "";
  bad[4].spec.max_files = 0;
  bad[5].spec.max_file_size = 0;
  bad[6].spec.mode = 04777;
  bad[7].spec.pump = 2;
  bad[8].spec.is_on = 0;
  for (const LogFiles& log : bad) {
    KeptTask task;
    task.logs[0] = log;
    ExpectStartRefused(MakeStart(&plan, task), task);
  }
}

TEST_F(KeeperProtocol, ServesThousandsOfConnections) {
  std::vector<std::unique_ptr<KeeperClient>> clients;
  for (int i = 0; i < 900; ++i) {
    clients.push_back(std::make_unique<KeeperClient>(state_.path(), i % 2 == 0));
  }
  const int brief_ones = Fewer(3000, 300);
  for (int i = 0; i < brief_ones; ++i) {
    const KeeperClient brief(state_.path(), false);
    if (!brief.is_connected()) return;
  }
  EXPECT_TRUE(clients[0]->List().empty());
}

TEST_F(KeeperProtocol, AClientThatNeverReadsIsClosedAndDelaysNobody) {
  KeeperClient client(state_.path());
  ShellPlan plan("exit 0");
  KeptTask task;
  task.attachment.assign(30'000, 'a');
  client.Start(&plan, task);
  client.AwaitExit("task");
  KeeperClient deaf(state_.path());
  // Without waiting: the keeper stops to read from who does not read either.
  ASSERT_EQ(fcntl(deaf.fd(), F_SETFL, O_NONBLOCK), 0);
  for (int i = 0; i < 2000; ++i) deaf.Ask(wire::ClientKind::list, wire::List{0}, std::nullopt);
  EXPECT_EQ(client.List().size(), 1U);
  client.Forget("task");
}

}  // namespace
}  // namespace raw_exec::test
