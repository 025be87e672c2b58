#include "handover.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../core/memfd.h"

namespace raw_exec::keeper {
namespace {

constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
// Far above what a million tasks need; what is longer was not written by us.
constexpr off_t kLongest = off_t{1} << 30;

bool ReadWhole(int fd, std::string* bytes) {
  struct stat found = {};
  if (fstat(fd, &found) != 0 || found.st_size > kLongest) return false;
  bytes->resize(static_cast<size_t>(found.st_size));
  for (size_t done = 0; done < bytes->size();) {
    const ssize_t got =
        pread(fd, bytes->data() + done, bytes->size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

}  // namespace

HandoverWriter::HandoverWriter(HandoverPart part) {
  Put(wire::Frame{0, static_cast<uint16_t>(part), 0, kHandoverVersion});
  Put(HandoverHead{wire::kMagic, wire::kProtocol, 0});
}

HandoverWriter& HandoverWriter::PutText(std::string_view text) {
  Put(static_cast<uint32_t>(text.size()));
  bytes_.append(text);
  return *this;
}

UniqueFd HandoverWriter::Finish() {
  const uint32_t size = static_cast<uint32_t>(bytes_.size());
  std::memcpy(bytes_.data(), &size, sizeof(size));
  UniqueFd memfd = MakeSealableMemfd("raw-exec-handover");
  for (size_t done = 0; memfd && done < bytes_.size();) {
    const ssize_t written = write(memfd.get(), bytes_.data() + done, bytes_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return UniqueFd();
    done += static_cast<size_t>(written);
  }
  if (memfd && fcntl(memfd.get(), F_ADD_SEALS, kSeals) != 0) return UniqueFd();
  return memfd;
}

Complaint UnreadableHandover(const std::string& what) {
  return {ExitCode::refused, "cannot take over: " + what};
}

Complaint ReadHandover(int memfd, HandoverPart part, std::string* bytes,
                       wire::MessageReader* reader) {
  // What is not sealed could change between the look at it and its use.
  const int seals = fcntl(memfd, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) {
    return UnreadableHandover("the descriptor is no sealed memfd");
  }
  if (!ReadWhole(memfd, bytes)) return UnreadableHandover("the memfd cannot be read");
  *reader = wire::MessageReader(bytes->data(), bytes->size());
  HandoverHead head = {};
  if (!reader->is_good() || !reader->Take(&head) || head.magic != wire::kMagic) {
    return UnreadableHandover("it is no hand-over of a keeper");
  }
  if (reader->frame().kind != static_cast<uint16_t>(part)) {
    return UnreadableHandover("it is that of another part");
  }
  if (head.protocol > wire::kProtocol) {
    return UnreadableHandover("it is of protocol " + std::to_string(head.protocol) +
                              ", which is newer than " + std::to_string(wire::kProtocol) +
                              ", the one of this executable");
  }
  if (reader->frame().request != kHandoverVersion) {
    return UnreadableHandover("it is laid out as this executable does not know it");
  }
  return {};
}

}  // namespace raw_exec::keeper
