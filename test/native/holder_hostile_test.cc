// What no keeper of ours would send.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "../../native/core/kernel_features.h"
#include "../../native/core/plan_wire.h"
#include "../../native/core/wire/message_writer.h"
#include "holder_process.h"
#include "slowness.h"

namespace raw_exec::test {
namespace {

using wire::HolderKind;

std::string Message(HolderKind kind, const std::string& body) {
  const wire::Frame frame = {static_cast<uint32_t>(sizeof(wire::Frame) + body.size()),
                             static_cast<uint16_t>(kind), 0, 5};
  return std::string(reinterpret_cast<const char*>(&frame), sizeof(frame)) + body;
}

template <typename Part>
std::string Bytes(const Part& part) {
  return std::string(reinterpret_cast<const char*>(&part), sizeof(part));
}

// Whether a holder that has got this still serves.
void ExpectAlive(const HolderProcess& holder) {
  HolderLink next = holder.Connect();
  next.SendAttach(1);
  EXPECT_EQ(next.Await(HolderKind::attached, 1).As<wire::Attached>().holder_pid, holder.pid());
}

class HolderHostile : public testing::Test {
 protected:
  // The first keeper stays; what is bad comes on other connections.
  void SendBad(const std::string& bytes, const std::vector<int>& fds = {}) {
    HolderLink bad = holder_.Connect();
    bad.SendAttach(1);
    bad.Await(HolderKind::held_all, 1);
    ASSERT_TRUE(bad.SendBytes(bytes, fds));
    EXPECT_TRUE(bad.AwaitEnd()) << "who sends that is not listened to any more";
  }
  HolderProcess holder_;
};

TEST_F(HolderHostile, FramesThatLie) {
  std::string longer = Message(HolderKind::forget, Bytes(wire::HolderForget{1}));
  longer[0] = 100;
  SendBad(longer);
  SendBad("x");
  SendBad(std::string(sizeof(wire::Frame), '\0'));
  SendBad(Message(static_cast<HolderKind>(77), ""));
  SendBad(Message(HolderKind::forget, "short"));
  SendBad(Message(HolderKind::forget, Bytes(wire::HolderForget{1}) + "more"));
  SendBad(Message(HolderKind::signal, ""));
  SendBad(Message(HolderKind::note, ""));
  SendBad(Message(HolderKind::note, Bytes(wire::HolderNote{1, 77, 1, 88})));
  const uint32_t too_long = wire::kMaxAttachment + 1;
  SendBad(Message(HolderKind::note, Bytes(wire::HolderNote{1, 77, 1, 88}) + Bytes(too_long) +
                                        std::string(too_long, 'x')));
  SendBad(Message(HolderKind::start, ""));
  SendBad(Message(HolderKind::attach, ""));
  SendBad(Message(HolderKind::forget, std::string(wire::kMaxMessage, 'x')));
  ExpectAlive(holder_);
}

TEST_F(HolderHostile, SomebodyWhoDoesNotAttach) {
  std::vector<HolderLink> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(holder_.Connect());
  HolderLink rude = holder_.Connect();
  ASSERT_TRUE(rude.SendBytes(Message(HolderKind::forget, Bytes(wire::HolderForget{1}))));
  EXPECT_TRUE(rude.AwaitEnd());
  ExpectAlive(holder_);
}

TEST_F(HolderHostile, DescriptorsThatNobodyWants) {
  const UniqueFd null_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
  const std::string path = "/proc/" + std::to_string(holder_.pid()) + "/fd";
  const auto count = [&path] {
    size_t open = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path)) ++open;
    return open;
  };
  holder_.link().SendAttach(1);
  holder_.link().Await(HolderKind::held_all, 1);
  const size_t before = count();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(holder_.link().SendBytes(
        Message(HolderKind::forget, Bytes(wire::HolderForget{99})),
        std::vector<int>(static_cast<size_t>(wire::kMaxDescriptors), null_fd.get())));
    EXPECT_EQ(holder_.link().AwaitAnswer(5).kind, HolderKind::done);
  }
  EXPECT_TRUE(WaitFor([&] { return count() == before; })) << "the last ones are closed after it";
}

// A start whose numbers are right, with any descriptor as its plan.
std::string StartWith(uint32_t plan_size, int stdio_fd_count) {
  wire::HolderStart head = {};
  head.serial = 3;
  head.start.plan_size = plan_size;
  head.start.plan_version = kWireVersion;
  head.start.features = KernelFeatures();
  head.start.exec_deadline_ms = 5000;
  head.start.stdio_fd_count = stdio_fd_count;
  std::vector<char> buffer(wire::kMaxMessage);
  wire::MessageWriter writer(buffer.data(), buffer.size(), static_cast<uint16_t>(HolderKind::start),
                             5);
  writer.Put(head).PutText("task").PutText("");
  writer.PutText("").PutText("").PutText("").PutText("").PutText("");
  return std::string(buffer.data(), writer.Finish());
}

UniqueFd Memfd(const std::string& bytes, bool is_sealed) {
  UniqueFd fd(memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  if (is_sealed) {
    EXPECT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK), 0);
  }
  return fd;
}

std::string GoodPlan() {
  TestPlan plan({ProbePath(), "0"});
  plan.stdio = {Closed(), File("/dev/null", O_WRONLY), Descriptor(0)};
  const SpawnPlan& finished = plan.Finish().plan;
  std::string bytes(PlanWriter(nullptr, 0).Write(finished), '\0');
  PlanWriter(bytes.data(), bytes.size()).Write(finished);
  return bytes;
}

class HolderPlans : public testing::Test {
 protected:
  wire::Failed Refusal(const std::string& message, const std::vector<int>& fds) {
    EXPECT_TRUE(holder_.link().SendBytes(message, fds));
    const HolderMessage answer = holder_.link().AwaitAnswer(5);
    EXPECT_EQ(answer.kind, HolderKind::failed);
    return answer.As<wire::Failed>();
  }
  static constexpr int32_t kMalformed = static_cast<int32_t>(wire::Reason::malformed);
  HolderProcess holder_;
};

TEST_F(HolderPlans, ThatAreNotSealedNoMemfdOrCutOff) {
  const std::string plan = GoodPlan();
  const uint32_t size = static_cast<uint32_t>(plan.size());
  const UniqueFd null_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  const UniqueFd unsealed = Memfd(plan, false);
  const UniqueFd cut = Memfd(plan.substr(0, plan.size() - 1), true);
  const UniqueFd empty = Memfd("", true);
  for (const int fd : {null_fd.get(), reader.get(), unsealed.get(), cut.get(), empty.get()}) {
    EXPECT_EQ(Refusal(StartWith(size, 1), {fd, null_fd.get()}).reason, kMalformed);
  }
  const UniqueFd good = Memfd(plan, true);
  for (const uint32_t wrong : {0U, size - 1, size + 1, 1U << 30, ~0U}) {
    EXPECT_EQ(Refusal(StartWith(wrong, 1), {good.get(), null_fd.get()}).reason, kMalformed);
  }
  ASSERT_TRUE(holder_.link().SendBytes(StartWith(size, 1), {good.get(), null_fd.get()}));
  EXPECT_EQ(holder_.link().AwaitAnswer(5).kind, HolderKind::started) << "the plan itself is good";
}

TEST_F(HolderPlans, WithAnyByteChanged) {
  const std::string plan = GoodPlan();
  const UniqueFd null_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
  std::mt19937 random(4711);  // NOLINT: the same bytes each time
  const int changes = Fewer(300, 60);
  for (int i = 0; i < changes; ++i) {
    std::string bad = plan;
    const size_t at = random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1 + random() % 255));
    const UniqueFd memfd = Memfd(bad, true);
    ASSERT_TRUE(holder_.link().SendBytes(StartWith(static_cast<uint32_t>(bad.size()), 1),
                                         {memfd.get(), null_fd.get()}));
    const HolderMessage answer = holder_.link().AwaitAnswer(5);
    ASSERT_TRUE(answer.kind == HolderKind::failed || answer.kind == HolderKind::started) << at;
    if (answer.kind == HolderKind::failed) continue;
    holder_.link().Send(HolderKind::signal, 6, wire::HolderSignal{3, 9, 0});
    holder_.link().AwaitAnswer(6);
    holder_.link().AwaitExit(3);
    holder_.link().Send(HolderKind::forget, 7, wire::HolderForget{3});
    EXPECT_EQ(holder_.link().AwaitAnswer(7).kind, HolderKind::done);
  }
}

TEST_F(HolderPlans, WithTooFewOrTooManyDescriptors) {
  const std::string plan = GoodPlan();
  const UniqueFd memfd = Memfd(plan, true);
  const uint32_t size = static_cast<uint32_t>(plan.size());
  EXPECT_EQ(Refusal(StartWith(size, 0), {memfd.get()}).reason, kMalformed)
      << "the plan names one that is not there";
  EXPECT_EQ(Refusal(StartWith(size, 1), {memfd.get()}).reason, kMalformed);
  EXPECT_TRUE(holder_.link().AwaitEnd()) << "the message itself was wrong";
}

}  // namespace
}  // namespace raw_exec::test
