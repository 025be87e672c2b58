#include "plan_memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <memory>

#include "../core/plan_check.h"
#include "../core/spawn_plan.h"

namespace raw_exec::keeper {
namespace {

// Above all that execve(2) takes: a quarter of 8 MiB of stack for arguments and environment, and
// what pointers to them need.
constexpr size_t kMaxPlan = size_t{32} * 1024 * 1024;
constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;

class Mapping {
 public:
  Mapping(int fd, size_t size)
      : bytes_(mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0)), size_(size) {}
  ~Mapping() {
    if (bytes_ != MAP_FAILED) munmap(bytes_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  const char* get() const {
    return bytes_ == MAP_FAILED ? nullptr : static_cast<const char*>(bytes_);
  }

 private:
  void* bytes_;
  size_t size_;
};

}  // namespace

const char* CheckPlanMemfd(int memfd, const wire::Start& start, int descriptor_count,
                           bool* lacks_memory) {
  // Only a memfd has seals. Sealed, it can neither change between this check and its use, nor be
  // cut short under a mapping of it.
  const int seals = fcntl(memfd, F_GET_SEALS);
  if (seals < 0) return "plan: the first descriptor is no memfd";
  if ((seals & kSeals) != kSeals) return "plan: its memfd is not sealed";
  struct stat found = {};
  if (fstat(memfd, &found) != 0 || found.st_size != static_cast<off_t>(start.plan_size) ||
      start.plan_size < sizeof(SpawnPlan) || start.plan_size > kMaxPlan) {
    return "plan: its memfd is not as long as it should be";
  }
  const Mapping mapping(memfd, start.plan_size);
  if (mapping.get() == nullptr) {
    *lacks_memory = true;
    return "the keeper has no memory left to look at the plan";
  }
  if (CheckPlan(mapping.get(), start.plan_size, descriptor_count) != nullptr) {
    return "plan: it is damaged";
  }
  return nullptr;
}

}  // namespace raw_exec::keeper
