// A plan that has everything a plan can have, for decoders that need a sound one and as a seed.
#pragma once

#include <string>

#include "../../native/core/spawn.h"

namespace raw_exec::fuzz {

// How many descriptors its stdio names.
inline constexpr int kSeedPlanDescriptors = 0;

// The request that it is of; what it points to lives for ever.
const SpawnRequest& SeedRequest();
// As PlanWriter writes it.
std::string SeedPlan();

}  // namespace raw_exec::fuzz
