#include "session_places.h"

#include <unistd.h>

#include <utility>

namespace raw_exec::keeper {
namespace {

// EBUSY, ENOTEMPTY: something of the task's own doing is in the way, and goes with the task.
void Remove(const OwnGroups& groups) {
  for (const std::string& directory : groups.directories()) (void)rmdir(directory.c_str());
}

}  // namespace

void SessionPlaces::RemoveWhenEmpty(const StartRecord& session) {
  const uint64_t serial = session.serial;
  if (waiting_.contains(serial)) return;
  auto place = std::make_unique<Place>(session);
  if (!place->extent.Any()) return;
  if (place->extent.IsEmpty()) return Remove(place->extent.groups());
  // Version 1 would have to be asked again and again, for as long as what was left there runs.
  if (!place->extent.TellsEmptiness()) return;
  Place* const added = place.get();
  waiting_.emplace(serial, std::move(place));
  added->empty.Start(loop_, added->extent, [this, added, serial] {
    Remove(added->extent.groups());
    loop_->Defer([this, serial] { waiting_.erase(serial); });
  });
}

}  // namespace raw_exec::keeper
