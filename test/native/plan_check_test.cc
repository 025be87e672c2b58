// Plans that came from elsewhere: what is written as it should be passes, what passes can be used.
#include "../../native/core/plan_check.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>

#include "../../native/core/plan_wire.h"
#include "keeper_client.h"

namespace raw_exec::test {
namespace {

// Memory of exactly this size, so that a step beyond it is seen.
class Block {
 public:
  explicit Block(const std::string& bytes)
      : size_(bytes.size()), bytes_(new uint64_t[(bytes.size() + 7) / 8]) {
    std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  char* get() { return reinterpret_cast<char*>(bytes_.get()); }
  size_t size() const { return size_; }

 private:
  size_t size_;
  std::unique_ptr<uint64_t[]> bytes_;
};

std::string FullPlan() {
  static const Rlimit limits[] = {{7, 0, 10, 20}, {4, 0, 0, 1}};
  static const uint64_t mask[] = {5};
  static const gid_t groups[] = {1, 22, 333};
  static const char* const v1[] = {"/a/b", "/c", nullptr};
  TestPlan plan({"/bin/prog", "one", ""});
  plan.env = {"A=1", "B="};
  plan.stdio = {Descriptor(40), Closed(), File("/tmp/x", 1, 0600), Descriptor(41)};
  plan.plan().cwd = "/usr";
  plan.plan().oom_score_adj = "12";
  plan.plan().rlimits = limits;
  plan.plan().rlimit_count = 2;
  plan.plan().cpu_mask = mask;
  plan.plan().cpu_mask_words = 1;
  plan.plan().groups = groups;
  plan.plan().group_count = 3;
  plan.plan().cgroup_v1 = v1;
  plan.plan().cgroup_v1_count = 2;
  return WrittenPlan(&plan);
}

// Reads all that a child would read.
void Use(const SpawnPlan& plan) {
  size_t sum = std::strlen(plan.file);
  for (char* const* text = plan.argv; *text != nullptr; ++text) sum += std::strlen(*text);
  for (char* const* text = plan.envp; *text != nullptr; ++text) sum += std::strlen(*text);
  for (const char* text :
       {plan.cwd, plan.network_namespace, plan.oom_score_adj, plan.cgroup_v2_procs}) {
    if (text != nullptr) sum += std::strlen(text);
  }
  for (int i = 0; i < plan.cgroup_v1_count; ++i) sum += std::strlen(plan.cgroup_v1[i]);
  for (int i = 0; i < plan.rlimit_count; ++i) sum += plan.rlimits[i].soft;
  for (int i = 0; i < plan.cpu_mask_words; ++i) sum += plan.cpu_mask[i];
  for (int i = 0; i < plan.group_count; ++i) sum += plan.groups[i];
  for (int i = 0; i < plan.stdio_count; ++i) {
    if (plan.stdio[i].source == StdioSource::file) sum += std::strlen(plan.stdio[i].path);
  }
  EXPECT_GT(sum, 0U);
}

TEST(PlanCheck, TakesWhatTheWriterWrites) {
  Block block(FullPlan());
  EXPECT_EQ(CheckPlan(block.get(), block.size(), 2), nullptr);
  Use(*RelocatePlan(block.get()));
}

TEST(PlanCheck, RefusesADescriptorThatDidNotCome) {
  Block block(FullPlan());
  EXPECT_STREQ(CheckPlan(block.get(), block.size(), 1), "stdio.fd");
}

TEST(PlanCheck, RefusesWhatIsCutOrLonger) {
  const std::string bytes = FullPlan();
  for (size_t size = 0; size < bytes.size(); ++size) {
    Block block(bytes.substr(0, size));
    EXPECT_NE(CheckPlan(block.get(), size, 2), nullptr) << size;
  }
  Block longer(bytes + "x");
  EXPECT_NE(CheckPlan(longer.get(), longer.size(), 2), nullptr);
}

TEST(PlanCheck, RefusesEveryOffsetThatIsNotWhereItWasWritten) {
  const std::string bytes = FullPlan();
  const size_t offsets[] = {offsetof(SpawnPlan, file),     offsetof(SpawnPlan, argv),
                            offsetof(SpawnPlan, envp),     offsetof(SpawnPlan, cgroup_v1),
                            offsetof(SpawnPlan, stdio),    offsetof(SpawnPlan, rlimits),
                            offsetof(SpawnPlan, cpu_mask), offsetof(SpawnPlan, groups)};
  for (const size_t at : offsets) {
    uint64_t written = 0;
    std::memcpy(&written, bytes.data() + at, sizeof(written));
    for (const uint64_t wrong : {uint64_t{0}, uint64_t{1}, uint64_t{8}, written + 8, written - 8,
                                 uint64_t{bytes.size()}, ~uint64_t{0}, ~uint64_t{0} - 7}) {
      std::string spoilt = bytes;
      std::memcpy(spoilt.data() + at, &wrong, sizeof(wrong));
      Block block(spoilt);
      EXPECT_NE(CheckPlan(block.get(), block.size(), 2), nullptr) << at << " " << wrong;
    }
  }
}

TEST(PlanCheck, RefusesTextsThatAreElsewhereOrEndlessOrNotThere) {
  const std::string bytes = FullPlan();
  for (const size_t at : {offsetof(SpawnPlan, cwd), offsetof(SpawnPlan, oom_score_adj),
                          offsetof(SpawnPlan, network_namespace)}) {
    for (const uint64_t wrong : {uint64_t{1}, uint64_t{bytes.size() - 1}, ~uint64_t{0}}) {
      std::string spoilt = bytes;
      std::memcpy(spoilt.data() + at, &wrong, sizeof(wrong));
      Block block(spoilt);
      EXPECT_NE(CheckPlan(block.get(), block.size(), 2), nullptr) << at << " " << wrong;
    }
  }
  std::string endless = bytes;
  endless.back() = 'x';  // the end of the last text
  Block block(endless);
  EXPECT_NE(CheckPlan(block.get(), block.size(), 2), nullptr);
}

TEST(PlanCheck, RefusesWhatIsAboutAnotherProcess) {
  for (const size_t at :
       {offsetof(SpawnPlan, parent_death_signal), offsetof(SpawnPlan, unshare_from)}) {
    std::string spoilt = FullPlan();
    spoilt[at] = 9;
    Block block(spoilt);
    EXPECT_NE(CheckPlan(block.get(), block.size(), 2), nullptr);
  }
}

// Whatever was changed: a plan that passes can be relocated and read to its end.
TEST(PlanCheck, WhatPassesCanBeUsed) {
  const std::string bytes = FullPlan();
  std::mt19937 random(7);
  int passed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string spoilt = bytes;
    const size_t changes = 1 + random() % 3;
    for (size_t i = 0; i < changes; ++i) {
      const size_t at = random() % spoilt.size();
      spoilt[at] = static_cast<char>(round % 2 == 0 ? random() : spoilt[at] ^ (1 << random() % 8));
    }
    Block block(spoilt);
    if (CheckPlan(block.get(), block.size(), 2) != nullptr) continue;
    ++passed;
    Use(*RelocatePlan(block.get()));
  }
  EXPECT_GT(passed, 100) << "changed letters and numbers do no harm";
}

}  // namespace
}  // namespace raw_exec::test
