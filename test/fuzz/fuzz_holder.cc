// What keeper and holder say to each other.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

#include "../../native/holder/keeper_link.h"
#include "../../native/holder/plan_buffer.h"
#include "../../native/holder/start_order.h"
#include "../../native/keeper/messages.h"
#include "../../native/keeper/recovery.h"
#include "../../native/keeper/requests.h"
#include "decoders.h"
#include "seed_start.h"
#include "surroundings.h"

namespace raw_exec::fuzz {
namespace {

using keeper::NewMessage;
using wire::HolderKind;

// As long as the fuzzer runs; holder.sock in its state directory when it has a name.
UniqueFd MakeListener(bool is_named) {
  UniqueFd listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socklen_t size = sizeof(sa_family_t);  // the kernel chooses an abstract name
  if (is_named) {
    (void)std::snprintf(address.sun_path, sizeof(address.sun_path), "%s/holder.sock",
                        StatePath().c_str());
    size = sizeof(address);
  }
  if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener.get(), 1) != 0) {
    GiveUp("listen");
  }
  return listener;
}

// Takes starts apart as the holder does; nothing is started.
class Taker : public KeeperEvents {
 public:
  explicit Taker(keeper::EventLoop* loop) : loop_(loop) {}

  void OnKeeperLost() override { loop_->Stop(); }
  bool OnRequest(wire::MessageReader* reader, std::vector<UniqueFd>* fds) override {
    if (reader->frame().kind != static_cast<uint16_t>(HolderKind::start)) return true;
    StartOrder order;
    if (fds == nullptr || !ReadStartOrder(reader, fds, &order)) return false;
    std::vector<int> stdio;
    for (const UniqueFd& fd : order.stdio) stdio.push_back(fd.get());
    int error = 0;
    (void)PlanBuffer().Load(order.plan.get(), order.plan_size, stdio.data(),
                            static_cast<int>(stdio.size()), &error);
    return true;
  }

 private:
  keeper::EventLoop* loop_;
};

void OpenLink(keeper::Keeper* keeper, std::function<void()> on_ready) {
  keeper->holder.Open(&keeper->loop, &keeper->state, &keeper->limits, false,
                      {[keeper, on_ready](const std::vector<wire::Held>& held, bool) {
                         CheckHeld(keeper, held);
                         on_ready();
                       },
                       [] {},
                       [keeper](const wire::HolderExited& exited) {
                         keeper::Task* task = keeper->tasks.Find(exited.serial);
                         if (task != nullptr) keeper->OnTaskEnded(task, exited.exit);
                       },
                       [keeper] {
                         TakeOver(keeper);
                         keeper->loop.Stop();
                       },
                       [] {}, [](int) {}});
}

// All that is to be read is there already, so what is due at once is due after it.
void RunThroughWhatIsThere(keeper::EventLoop* loop) {
  keeper::Timer end;
  end.Set(loop, 0, [loop] { loop->Stop(); });
  if (loop->Run() != 0) GiveUp("wait for events");
}

}  // namespace

void FuzzHolder(const Input& input) {
  static const UniqueFd listener = MakeListener(false);
  keeper::EventLoop loop;
  if (loop.Open() != 0) GiveUp("make an epoll");
  Taker taker(&loop);
  KeeperLink link(&loop, &taker);
  Pair pair = MakePair();
  UniqueFd again(fcntl(listener.get(), F_DUPFD_CLOEXEC, 3));
  if (link.Open(std::move(pair.theirs), std::move(again)) != 0) GiveUp("open a link");
  (void)Send(pair.ours.get(), input.bytes, MakeDescriptors(input.descriptor_count()));
  pair.ours.Reset();
  if (loop.Run() != 0) GiveUp("wait for events");
}

// A client's start is under way, as request 2, when the holder says what it says; with kGreeted it
// is then gone.
void FuzzHolderAnswer(const Input& input) {
  static const UniqueFd listener = MakeListener(true);
  keeper::Keeper keeper{{}};
  SetUp(&keeper);
  UniqueFd holder;
  bool has_asked = false;
  OpenLink(&keeper, [&] {
    if (has_asked) return;
    has_asked = true;
    const std::string& start = SeedStart();
    wire::MessageReader reader(start.data(), start.size());
    std::vector<UniqueFd> fds = MakeDescriptors(1);
    const keeper::Peer peer;
    Handle(&keeper, {{0, 1}, wire::ClientKind::start, &reader, &fds, &peer});
    (void)Send(holder.get(), input.bytes, {});
    if (input.Has(kGreeted)) holder.Reset();
  });
  keeper.holder.Find();
  holder.Reset(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!holder) GiveUp("accept");
  constexpr uint16_t kHeldAll = static_cast<uint16_t>(HolderKind::held_all);
  (void)Send(holder.get(), NewMessage(kHeldAll, 1).View(), {});
  RunThroughWhatIsThere(&keeper.loop);
  (void)RemoveTask(keeper.state.tasks_fd(), 2);
}

}  // namespace raw_exec::fuzz
