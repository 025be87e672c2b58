// What the keeper says to a pump. No descriptor comes with it: the fuzzer would write to wherever
// the message says.
#include "../../native/pump/pump_loop.h"

#include <memory>

#include "decoders.h"
#include "surroundings.h"

namespace raw_exec::fuzz {

void FuzzPump(const Input& input) {
  Pair pair = MakePair();
  (void)Send(pair.ours.get(), input.bytes, {});
  const auto loop = std::make_unique<PumpLoop>(pair.theirs.Release());
  if (loop->Open() != 0) GiveUp("open a pump");
  pair.ours.Reset();
  if (loop->Run() != 0) GiveUp("wait for events");
}

}  // namespace raw_exec::fuzz
