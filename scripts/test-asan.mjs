// npm run test:asan: the JavaScript tests that reach the engine, with the addon under the address sanitizer.

import { build } from './lib/build.mjs';
import { buildCMake, cmakeFolder } from './lib/cmake.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { runCommand } from './lib/run-command.mjs';
import { runTests } from './lib/run-tests.mjs';
import { sanitizerOptions } from './lib/sanitizers.mjs';
import { testFiles } from './lib/test-files.mjs';
import { requireTools } from './lib/tools.mjs';

/** Tests of what lies above the engine would show the same again. */
const areas = [
  'test/unit/process',
  'test/integration',
  'test/native',
  'test/cgroup',
  'test/containment',
  'test/driver/start-task',
  'test/driver/contained-task',
];

await main(async () => {
  await ensureInstalled();
  requireTools(['cmake', 'ninja']);
  await build({ withTests: true });
  await buildCMake('asan', ['addon', 'raw-exec-forker', 'raw-exec-reaper', 'raw-exec-keeper']);
  const filters = process.argv.slice(2);
  const runtime = await runCommand('g++', ['-print-file-name=libasan.so'], { quiet: true });
  await runTests(testFiles('build/js', filters.length > 0 ? filters : areas), {
    nodeOptions: [`--import=${inRoot('scripts/lib/drop-preload.mjs')}`],
    env: {
      ...sanitizerOptions,
      LD_PRELOAD: runtime.trim(),
      RAW_EXEC_ADDON: inRoot(cmakeFolder('asan'), 'raw_exec.node'),
    },
  });
});
