// npm run test:native: the C++ tests of native/core, built with the address, undefined-behaviour and leak sanitizers.
// `npm run test:native -- --gtest_filter=Spawn.*` runs some of them.

import { buildCMake, cmakeFolder } from './lib/cmake.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { runCommand } from './lib/run-command.mjs';
import { sanitizerOptions } from './lib/sanitizers.mjs';
import { requireTools } from './lib/tools.mjs';

await main(async () => {
  await ensureInstalled();
  requireTools(['cmake', 'ninja']);
  await buildCMake('asan', ['core_tests', 'raw-exec-forker', 'raw-exec-keeper']);
  await runCommand(inRoot(cmakeFolder('asan'), 'core_tests'), process.argv.slice(2), {
    env: { ...process.env, ...sanitizerOptions },
  });
});
