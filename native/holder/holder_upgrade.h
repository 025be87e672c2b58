// The holder's own replacement by a newer executable, when a keeper of that version asks for it
// (docs/decisions/upgrade.md).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "../core/unique_fd.h"
#include "../keeper/event_loop.h"
#include "../keeper/successor.h"
#include "holder_handover.h"
#include "keeper_link.h"
#include "starts.h"

namespace raw_exec {

class HolderUpgrade {
 public:
  // What there is to hand over at this moment, but for the tasks.
  using Collect = std::function<HolderHandover()>;

  // All are borrowed. `arguments`: how this process was started, without what is handed over.
  HolderUpgrade(keeper::EventLoop* loop, const TaskWaiter* waiter, const HeldTrees* trees,
                const Starts* starts, KeeperLink* link, keeper::Arguments arguments,
                Collect collect)
      : loop_(loop),
        waiter_(waiter),
        trees_(trees),
        starts_(starts),
        link_(link),
        arguments_(std::move(arguments)),
        collect_(std::move(collect)) {}

  // As KeeperEvents::OnRequest, of `upgrade`. It is answered when it has failed.
  bool OnRequest(wire::MessageReader* reader, std::vector<UniqueFd>* fds);

 private:
  void Begin(uint64_t request, UniqueFd executable);
  // 0 or a positive errno.
  int Try();
  void OnVerdict(const std::string& refusal);
  void HandOver();
  void Refuse(uint64_t request, int error, const std::string& why);
  // The one that is under way. EBUSY: it is worth asking again soon.
  void Fail(int error, const std::string& why);

  keeper::EventLoop* loop_;
  const TaskWaiter* waiter_;
  const HeldTrees* trees_;
  const Starts* starts_;
  KeeperLink* link_;
  keeper::Arguments arguments_;
  Collect collect_;
  uint64_t request_ = 0;
  UniqueFd executable_;  // while one is under way
  keeper::Trial trial_;
};

}  // namespace raw_exec
