#include "held_trees.h"

#include <utility>

#include "../core/process_identity.h"

namespace raw_exec {

void HeldTrees::Add(HeldTree tree) {
  // The reaper may have written the record before it was killed.
  tree.task.is_inherited = true;
  reapers_[tree.task.pid] = tree.reaper_pid;
  trees_[tree.reaper_pid] = std::move(tree);
}

// The end of a main process may be told before that of the reaper that it has outlived, so it is
// looked for under either number. That of a reaper is its own as long as it stands here; that of a
// main process may have come round while its reaper lived on.
bool HeldTrees::OnChildEnd(pid_t pid) {
  auto found = trees_.find(pid);
  const auto main = reapers_.find(pid);
  if (found == trees_.end() && main != reapers_.end()) found = trees_.find(main->second);
  if (found == trees_.end()) return false;
  HeldTree& tree = found->second;
  const int32_t main_pid = tree.task.pid;
  const bool is_ours = IsUnreapedChild(main_pid, tree.start_ticks);
  if (is_ours) {
    waiter_->Add(std::move(tree.task));
  } else if (pid != tree.reaper_pid) {
    return false;
  }
  const auto own = reapers_.find(main_pid);
  if (own != reapers_.end() && own->second == found->first) reapers_.erase(own);
  trees_.erase(found);
  return is_ours && pid == main_pid;
}

}  // namespace raw_exec
