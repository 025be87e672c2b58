#include "keeper_handover.h"

namespace raw_exec::keeper {
namespace {

struct Fixed {
  int32_t lock_fd;
  int32_t listener_fd;
  uint64_t nofile_soft;
  uint64_t nofile_hard;
  uint64_t ladder_count;
  uint64_t pidfd_count;
};

// A stop that is hurried on over and over has no more; what is longer was not written by us.
constexpr uint32_t kMostSteps = 4096;

template <typename Part>
bool TakeAll(wire::MessageReader* reader, uint32_t count, std::vector<Part>* parts) {
  for (uint32_t i = 0; i < count && reader->is_good(); ++i) {
    reader->Take(&parts->emplace_back());
  }
  return reader->is_good();
}

bool TakeLadder(wire::MessageReader* reader, LadderState* ladder) {
  const LadderState::Fixed& fixed = ladder->fixed;
  return reader->Take(&ladder->fixed) && fixed.step_count <= kMostSteps &&
         fixed.report_count <= kMostSteps + 1 &&
         (fixed.is_killing != 0 || fixed.index < fixed.step_count) &&
         TakeAll(reader, fixed.step_count, &ladder->steps) &&
         TakeAll(reader, fixed.report_count, &ladder->reports);
}

}  // namespace

std::vector<int> KeeperHandover::Descriptors() const {
  std::vector<int> all = {lock_fd, listener_fd};
  for (const HandedPidfd& pidfd : pidfds) all.push_back(pidfd.fd);
  return all;
}

UniqueFd WriteKeeperHandover(const KeeperHandover& handover) {
  HandoverWriter writer(HandoverPart::keeper);
  writer.Put(Fixed{handover.lock_fd, handover.listener_fd, handover.nofile.rlim_cur,
                   handover.nofile.rlim_max, handover.ladders.size(), handover.pidfds.size()});
  for (const LadderState& ladder : handover.ladders) {
    LadderState::Fixed fixed = ladder.fixed;
    fixed.step_count = static_cast<uint32_t>(ladder.steps.size());
    fixed.report_count = static_cast<uint32_t>(ladder.reports.size());
    writer.Put(fixed);
    for (const wire::Step& step : ladder.steps) writer.Put(step);
    for (const wire::StepReport& report : ladder.reports) writer.Put(report);
  }
  for (const HandedPidfd& pidfd : handover.pidfds) writer.Put(pidfd);
  return writer.Finish();
}

Complaint ReadKeeperHandover(int memfd, KeeperHandover* handover) {
  std::string bytes;
  wire::MessageReader reader(nullptr, 0);
  if (Complaint bad = ReadHandover(memfd, HandoverPart::keeper, &bytes, &reader)) return bad;
  Fixed fixed = {};
  reader.Take(&fixed);
  for (uint64_t i = 0; i < fixed.ladder_count; ++i) {
    if (!TakeLadder(&reader, &handover->ladders.emplace_back())) {
      return UnreadableHandover("a stop that is under way cannot be read");
    }
  }
  for (uint64_t i = 0; i < fixed.pidfd_count && reader.is_good(); ++i) {
    reader.Take(&handover->pidfds.emplace_back());
  }
  if (!reader.IsComplete()) return UnreadableHandover("it is not as long as it should be");
  handover->lock_fd = fixed.lock_fd;
  handover->listener_fd = fixed.listener_fd;
  handover->nofile.rlim_cur = fixed.nofile_soft;
  handover->nofile.rlim_max = fixed.nofile_hard;
  return {};
}

}  // namespace raw_exec::keeper
