// The groups of sessions whose command has ended. They were made by supervisors, but nobody else is
// there to remove them when a supervisor has died in the middle.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "../core/records/task_record.h"
#include "emptiness_watch.h"

namespace raw_exec::keeper {

class SessionPlaces {
 public:
  void Open(EventLoop* loop) { loop_ = loop; }

  // Now, or once nobody is left in them; may be called again. What the session has made below its
  // groups stays, and so does what version 1 alone would have to tell of: it goes with the task.
  void RemoveWhenEmpty(const StartRecord& session);

 private:
  struct Place {
    explicit Place(const StartRecord& session) : extent(session) {}
    Extent extent;
    EmptinessWatch empty;
  };

  EventLoop* loop_ = nullptr;
  std::map<uint64_t, std::unique_ptr<Place>> waiting_;  // by serial
};

}  // namespace raw_exec::keeper
