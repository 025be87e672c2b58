// Loaded into each test file's process of a sanitizer run. The addon under the sanitizer takes the place of the ordinary one
// here, and only here: what a test starts gets neither the preloaded runtime nor an addon that needs it.

import { createRequire } from 'node:module';
import { addonFile } from './native.mjs';
import { inRoot } from './paths.mjs';
import { prebuildFolder } from './prebuilds.mjs';

const addon = process.env.RAW_EXEC_ADDON;
if (process.env.NODE_TEST_CONTEXT !== undefined && addon !== undefined) {
  const require = createRequire(import.meta.url);
  require(addon);
  require.cache[inRoot(prebuildFolder, addonFile)] = require.cache[addon];
  delete process.env.RAW_EXEC_ADDON;
  delete process.env.LD_PRELOAD;
}
