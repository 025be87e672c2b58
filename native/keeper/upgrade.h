// The keeper's own replacement by a newer executable, when a supervisor asks for it
// (docs/decisions/upgrade.md): looked at, tried, and become when nothing is under way whose answer
// would be lost. Whatever fails on the way is told, and the keeper goes on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../core/unique_fd.h"
#include "event_loop.h"
#include "keeper_handover.h"
#include "server.h"
#include "successor.h"

namespace raw_exec::keeper {

class Keeper;

class Upgrade {
 public:
  explicit Upgrade(Keeper* keeper) : keeper_(keeper) {}

  // How this process was started, without what is handed over.
  void SetArguments(Arguments arguments) { arguments_ = std::move(arguments); }

  void Begin(const Asker& asker, uint16_t protocol, const std::string& path);

  // It is about to happen: no start is begun any more.
  bool is_imminent() const { return is_imminent_; }

 private:
  KeeperHandover Collect() const;
  // 0 or a positive errno.
  int Try();
  void OnVerdict(const std::string& refusal);
  void AwaitQuiet();
  bool IsQuiet() const;
  void HandOver();
  void Fail(int error, const std::string& why);

  Keeper* keeper_;
  Arguments arguments_;
  std::string path_;
  UniqueFd executable_;  // while one is under way
  std::vector<Asker> askers_;
  Trial trial_;
  Timer again_;
  uint64_t quiet_deadline_ns_ = 0;
  bool is_imminent_ = false;
};

}  // namespace raw_exec::keeper
