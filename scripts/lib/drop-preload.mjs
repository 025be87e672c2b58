// Loaded into each test file's process of a sanitizer run: the runtime and the addon are in by now or will be found by path,
// and what a test starts must neither get the preloaded runtime nor an addon that needs it.

import { createRequire } from 'node:module';

if (process.env.NODE_TEST_CONTEXT !== undefined && process.env.RAW_EXEC_ADDON !== undefined) {
  // A module is loaded once: the library gets this very addon, by the same path, from the cache of require.
  const addon = process.env.RAW_EXEC_ADDON;
  createRequire(import.meta.url)(addon);
  delete process.env.LD_PRELOAD;
}
