// The cgroups that were made for one task. Nothing else is ever killed, frozen or waited for.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "../core/member_list.h"
#include "../core/records/task_record.h"

namespace raw_exec::keeper {

class OwnGroups {
 public:
  explicit OwnGroups(const StartRecord& record);

  bool Any() const { return !v2_.empty() || !v1_.empty(); }
  // False too when that cannot be found out.
  bool AreEmpty() const;
  // 0 or a positive errno; those that were met stand in the list.
  [[nodiscard]] int List(MemberList* members) const;

  // Lets a task that has been frozen by its own v1 freezer, at any depth, receive what was sent.
  void Thaw() const;

  const std::string& v2() const { return v2_; }
  const std::vector<std::string>& v1() const { return v1_; }
  std::vector<std::string> directories() const;

 private:
  std::string v2_;
  std::vector<std::string> v1_;
  std::vector<std::string> freezers_;  // of v1_
};

// What cgroup.events says, by a descriptor of it. A group that is gone holds nothing.
bool IsPopulated(int events_fd);

}  // namespace raw_exec::keeper
