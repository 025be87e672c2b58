// One small file that is there whole or not at all: a header that tells what it is and whether it
// is undamaged, then the bytes. Not synced: a record has to survive processes, not a loss of power
// (the boot id in it tells).
//
// A new file of one page at most is written under its own name, by one write: whoever is killed
// leaves it empty or whole, and an empty one is none. Everything else is written to a temporary
// name and renamed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace raw_exec {

enum class RecordKind : uint32_t {
  start = 1,
  exit = 2,
  session = 3,  // the start of a command beside a task
  tree = 4,     // the start of either, below a reaper
};

// Beside errno's own: what is wrong with a file that could be read.
inline constexpr int kRecordDamaged = 74;  // EBADMSG: truncated, or other bytes than were written
inline constexpr int kRecordForeign = 71;  // EPROTO: not a record, or of another version

inline constexpr size_t kMaxRecord = size_t{128} * 1024;

// Both paths are relative to the directory. 0 or a positive errno; what was there before is then
// still there.
[[nodiscard]] int WriteRecordFile(int directory_fd, const char* temporary, const char* path,
                                  RecordKind kind, std::string_view bytes);

// The same for a path at which there is nothing yet, or an empty file.
[[nodiscard]] int WriteNewRecordFile(int directory_fd, const char* temporary, const char* path,
                                     RecordKind kind, std::string_view bytes);

// 0, kRecordDamaged, kRecordForeign or a positive errno: ENOENT without such a file.
[[nodiscard]] int ReadRecordFile(int directory_fd, const char* path, RecordKind kind,
                                 std::string* bytes);
// The same for a path at which records of several kinds lie; *kind: the one that it is.
[[nodiscard]] int ReadRecordFile(int directory_fd, const char* path,
                                 std::initializer_list<RecordKind> kinds, RecordKind* kind,
                                 std::string* bytes);

uint32_t Crc32(std::string_view bytes);

}  // namespace raw_exec
