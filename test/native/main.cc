// The frame of the core tests: tells the engine where the forker lies.
#include <gtest/gtest.h>

#include "../../native/core/spawn.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  raw_exec::SetForkerPath(RAW_EXEC_FORKER);
  return RUN_ALL_TESTS();
}
