#include "record_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "../unique_fd.h"

namespace raw_exec {
namespace {

static_assert(kRecordDamaged == EBADMSG && kRecordForeign == EPROTO);

constexpr uint32_t kRecordMagic = 0x52584552;  // "REXR"
constexpr uint32_t kRecordVersion = 1;         // raised with every change of a record's layout

struct Header {
  uint32_t magic;
  uint32_t version;
  uint32_t kind;
  uint32_t size;  // of what follows
  uint32_t crc;   // of what follows
  uint32_t unused;
};

// SIGKILL does not end a write within a page.
constexpr size_t kOneWrite = 4096;

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table = {};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
    table[i] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kCrcTable = MakeCrcTable();

int WriteWhole(int fd, const Header& header, std::string_view bytes) {
  iovec parts[2] = {{const_cast<Header*>(&header), sizeof(header)},
                    {const_cast<char*>(bytes.data()), bytes.size()}};
  ssize_t written = 0;
  do {
    written = writev(fd, parts, 2);
  } while (written < 0 && errno == EINTR);
  if (written < 0) return errno;
  // A regular file takes less than all only when the file system is full or the size is limited.
  return static_cast<size_t>(written) == sizeof(header) + bytes.size() ? 0 : ENOSPC;
}

int WriteFile(int directory_fd, const char* path, RecordKind kind, std::string_view bytes) {
  if (bytes.size() > kMaxRecord) return E2BIG;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  UniqueFd fd(openat(directory_fd, path, kFlags, 0600));
  if (!fd) return errno;
  const Header header = {kRecordMagic,
                         kRecordVersion,
                         static_cast<uint32_t>(kind),
                         static_cast<uint32_t>(bytes.size()),
                         Crc32(bytes),
                         0};
  int error = WriteWhole(fd.get(), header, bytes);
  // A network file system tells of a full disk here.
  if (close(fd.Release()) != 0 && error == 0 && errno != EINTR) error = errno;
  return error;
}

// At most *size bytes; their number into *size.
int ReadWhole(int fd, char* bytes, size_t* size) {
  size_t done = 0;
  while (done < *size) {
    const ssize_t got = read(fd, bytes + done, *size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  *size = done;
  return 0;
}

}  // namespace

uint32_t Crc32(std::string_view bytes) {
  uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xffU];
  }
  return ~crc;
}

int WriteRecordFile(int directory_fd, const char* temporary, const char* path, RecordKind kind,
                    std::string_view bytes) {
  int error = WriteFile(directory_fd, temporary, kind, bytes);
  if (error == 0 && renameat(directory_fd, temporary, directory_fd, path) != 0) error = errno;
  if (error != 0) unlinkat(directory_fd, temporary, 0);
  return error;
}

int WriteNewRecordFile(int directory_fd, const char* temporary, const char* path, RecordKind kind,
                       std::string_view bytes) {
  if (sizeof(Header) + bytes.size() > kOneWrite) {
    return WriteRecordFile(directory_fd, temporary, path, kind, bytes);
  }
  const int error = WriteFile(directory_fd, path, kind, bytes);
  if (error != 0) unlinkat(directory_fd, path, 0);
  return error;
}

int ReadRecordFile(int directory_fd, const char* path, RecordKind kind, std::string* bytes) {
  return ReadRecordFile(directory_fd, path, {kind}, &kind, bytes);
}

int ReadRecordFile(int directory_fd, const char* path, std::initializer_list<RecordKind> kinds,
                   RecordKind* kind, std::string* bytes) {
  // Without waiting: whatever lies there may be a FIFO.
  const UniqueFd fd(openat(directory_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return errno == ELOOP ? kRecordForeign : errno;
  struct stat status = {};
  if (fstat(fd.get(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return kRecordForeign;
  Header header = {};
  size_t size = sizeof(header);
  if (const int error = ReadWhole(fd.get(), reinterpret_cast<char*>(&header), &size); error != 0) {
    return error;
  }
  if (size == 0) return ENOENT;
  if (size < sizeof(header)) return kRecordDamaged;
  const auto is_it = [&header](RecordKind one) {
    return header.kind == static_cast<uint32_t>(one);
  };
  if (header.magic != kRecordMagic || header.version != kRecordVersion ||
      std::none_of(kinds.begin(), kinds.end(), is_it)) {
    return kRecordForeign;
  }
  *kind = static_cast<RecordKind>(header.kind);
  if (header.size > kMaxRecord) return kRecordDamaged;
  // One more than it says: what is longer is damaged too.
  bytes->resize(header.size + size_t{1});
  size = bytes->size();
  if (const int error = ReadWhole(fd.get(), bytes->data(), &size); error != 0) return error;
  if (size != header.size) return kRecordDamaged;
  bytes->resize(size);
  return Crc32(*bytes) == header.crc ? 0 : kRecordDamaged;
}

}  // namespace raw_exec
