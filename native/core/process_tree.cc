#include "process_tree.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>

#include "raw_syscall.h"

namespace raw_exec {
namespace {

constexpr int kBufferSize = 2048;

struct Dirent64 {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[1];
};

// A path under /proc, built piece by piece.
class ProcPath {
 public:
  ProcPath() { Add("/proc/"); }
  ProcPath& Add(const char* text) {
    while (*text != '\0' && at_ + 1 < sizeof(text_)) text_[at_++] = *text++;
    text_[at_] = '\0';
    return *this;
  }
  ProcPath& Add(int32_t number) {
    char digits[12];
    int count = 0;
    do {
      digits[count++] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    while (count > 0 && at_ + 1 < sizeof(text_)) text_[at_++] = digits[--count];
    text_[at_] = '\0';
    return *this;
  }
  long Open(int flags) const {
    return RawSyscall(SYS_openat, AT_FDCWD, Arg(text_), flags | O_RDONLY | O_CLOEXEC);
  }

 private:
  char text_[96] = {};
  size_t at_ = 0;
};

// Pids while they are listed: what was found, and what is still to be looked into.
struct Walk {
  int32_t* pids;
  int count;
  VisitProcess visit;
  void* context;
  int32_t root;
};

void Found(Walk* walk, int32_t pid, int32_t parent) {
  TreeProcess process = {};
  if (walk->count == kMaxTree || !LookAt(pid, &process)) return;
  // A number that came round again has another parent; an orphan of a moment ago has the root.
  if (process.parent != parent && process.parent != walk->root) return;
  walk->pids[walk->count++] = pid;
  walk->visit(walk->context, process);
}

// /proc/PID/task/TID/children, Linux 3.5 with CONFIG_PROC_CHILDREN: numbers, each followed by a
// blank.
long ListChildren(Walk* walk, int32_t parent, const ProcPath& path) {
  const long fd = path.Open(0);
  if (fd < 0) return fd;
  char buffer[kBufferSize];
  int32_t pid = 0;
  long got = 0;
  while ((got = RawSyscall(SYS_read, fd, Arg(buffer), sizeof(buffer))) > 0) {
    for (long i = 0; i < got; ++i) {
      // The analyser does not see that read(2) has filled it, and clearing it would cost more than
      // reading. NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): see above
      if (buffer[i] >= '0' && buffer[i] <= '9') {
        pid = pid * 10 + (buffer[i] - '0');
      } else if (pid > 0) {
        Found(walk, pid, parent);
        pid = 0;
      }
    }
  }
  RawSyscall(SYS_close, fd);
  return got;
}

// Any thread may have forked.
long ListChildrenOfThreads(Walk* walk, int32_t parent) {
  const long directory = ProcPath().Add(parent).Add("/task").Open(O_DIRECTORY);
  if (directory < 0) return directory;
  alignas(Dirent64) char buffer[kBufferSize];
  long result = 0;
  for (;;) {
    const long size = RawSyscall(SYS_getdents64, directory, Arg(buffer), sizeof(buffer));
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      const Dirent64* entry = reinterpret_cast<const Dirent64*>(buffer + at);
      // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): filled by getdents64(2)
      at += entry->length;
      const char* name = reinterpret_cast<const char*>(entry) + offsetof(Dirent64, name);
      if (*name == '.') continue;
      ProcPath path;
      path.Add(parent).Add("/task/").Add(name).Add("/children");
      const long listed = ListChildren(walk, parent, path);
      if (listed < 0) result = listed;
    }
  }
  RawSyscall(SYS_close, directory);
  return result;
}

// The number that stands at `*at`, which is moved behind it and the blank that follows.
uint64_t NextNumber(const char** at) {
  uint64_t number = 0;
  const char* text = *at;
  if (*text == '-') ++text;
  while (*text >= '0' && *text <= '9') number = number * 10 + static_cast<uint64_t>(*text++ - '0');
  if (*text == ' ') ++text;
  *at = text;
  return number;
}

}  // namespace

bool LookAt(int32_t pid, TreeProcess* process) noexcept {
  const long fd = ProcPath().Add(pid).Add("/stat").Open(0);
  if (fd < 0) return false;
  char text[1024];
  const long got = RawSyscall(SYS_read, fd, Arg(text), sizeof(text) - 1);
  RawSyscall(SYS_close, fd);
  if (got <= 0) return false;
  text[got] = '\0';
  // The name stands in brackets and may hold brackets itself: the last closing one ends it.
  const char* at = nullptr;
  for (const char* c = text; *c != '\0'; ++c) {
    if (*c == ')') at = c;
  }
  if (at == nullptr || at[1] != ' ' || at[2] == '\0' || at[3] != ' ') return false;
  process->pid = pid;
  const char state = at[2];
  at += 4;
  process->parent = static_cast<int32_t>(NextNumber(&at));
  process->group = static_cast<int32_t>(NextNumber(&at));
  process->session = static_cast<int32_t>(NextNumber(&at));
  constexpr int kFieldsToThreads = 13;  // from tty_nr (7) to nice (19)
  for (int i = 0; i < kFieldsToThreads; ++i) NextNumber(&at);
  const uint64_t threads = NextNumber(&at);
  NextNumber(&at);  // itrealvalue (21)
  process->start_ticks = NextNumber(&at);
  // A first thread that has ended is a zombie as long as others go on.
  process->is_dead = state == 'X' || state == 'x' || (state == 'Z' && threads <= 1);
  return true;
}

int VisitTree(int32_t root, int32_t* pids, VisitProcess visit, void* context) noexcept {
  Walk walk = {pids, 0, visit, context, root};
  const long first = ListChildrenOfThreads(&walk, root);
  if (first < 0) return static_cast<int>(first);
  // Those that go while they are looked into are no failure.
  for (int i = 0; i < walk.count; ++i) ListChildrenOfThreads(&walk, pids[i]);
  return walk.count;
}

}  // namespace raw_exec
