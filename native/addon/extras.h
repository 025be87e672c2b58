// The options that few starts have, out of their JavaScript object into the plan.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "../core/spawn.h"

namespace raw_exec::addon {

// Owns what the plan points to.
class Extras {
 public:
  // Fills the request in. False with a pending JavaScript exception when a value has the wrong
  // type: TypeScript has checked them all, so that is a defect of ours.
  bool Read(Napi::Env env, Napi::Value value, SpawnRequest* request);

  struct File {
    std::string path;
    int32_t slot;
    int32_t flags;
    uint32_t mode;
  };
  const std::vector<File>& files() const { return files_; }

 private:
  bool ReadFiles(Napi::Object object);
  bool ReadGroups(Napi::Object object, SpawnPlan* plan);
  bool ReadRlimits(Napi::Object object, SpawnPlan* plan);
  bool ReadAffinity(Napi::Object object, SpawnPlan* plan);
  bool ReadV1(Napi::Object object, SpawnPlan* plan);

  std::vector<File> files_;
  std::string cgroup_v2_;
  std::vector<std::string> cgroup_v1_;
  std::vector<const char*> cgroup_v1_pointers_;
  std::string network_namespace_;
  std::vector<Rlimit> rlimits_;
  std::vector<uint64_t> cpu_mask_;
  std::vector<gid_t> groups_;
};

}  // namespace raw_exec::addon
