// The ways in which a start can be made, as parameters of tests: the same plan, the same steps, the
// same results.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <ostream>
#include <vector>

#include "../../native/core/kernel_features.h"
#include "test_plan.h"

namespace raw_exec::test {

struct Variant {
  const char* name;
  uint32_t disabled;  // Feature bits that are treated as absent
  bool is_careful;    // asks for something that only the forker does
  SpawnPath path;     // what must have been used
};

inline std::ostream& operator<<(std::ostream& out, const Variant& variant) {
  return out << variant.name;
}

inline std::string VariantName(const testing::TestParamInfo<Variant>& info) {
  return info.param.name;
}

inline std::vector<Variant> AllVariants() {
  return {
      {"Fast", 0, false, SpawnPath::fast},
      {"FastWithoutClone3", kClone3, false, SpawnPath::fast},
      {"FastWithoutClearSighand", kCloneClearSighand, false, SpawnPath::fast},
      {"PlainWithoutPidfd", kPidfd, false, SpawnPath::plain},
      {"FastWithoutCloseRange", kCloseRange | kCloseRangeUnshare, false, SpawnPath::fast},
      {"FastWithoutUnshare", kCloseRangeUnshare, false, SpawnPath::fast},
      {"Plain", kSharedVfork, false, SpawnPath::plain},
      {"PlainOfAnOldKernel", ~uint32_t{kForker}, false, SpawnPath::plain},
      {"Careful", 0, true, SpawnPath::careful},
      {"CarefulWithoutPidfd", kPidfd, true, SpawnPath::careful},
      {"CarefulWithoutClone3", kClone3, true, SpawnPath::careful},
      {"PlainInsteadOfCareful", kForker, true, SpawnPath::plain},
  };
}

class EveryVariant : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    if (GetParam().is_careful && geteuid() != 0) GTEST_SKIP() << "setting groups needs root";
    DisableFeatures(GetParam().disabled);
  }
  void TearDown() override { DisableFeatures(0); }

  // What makes a start careful and changes nothing: the groups that the test has already.
  void Prepare(TestPlan* plan) {
    if (!GetParam().is_careful) return;
    const int count = getgroups(0, nullptr);
    groups_.resize(static_cast<size_t>(count));
    getgroups(count, groups_.data());
    plan->plan().set_groups = true;
    plan->plan().groups = groups_.data();
    plan->plan().group_count = count;
  }

 private:
  std::vector<gid_t> groups_;
};

}  // namespace raw_exec::test
