// npm run coverage: the tests under c8; the report is in coverage/. Takes the same filters as npm test.

import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { tools } from './lib/paths.mjs';
import { runTests } from './lib/run-tests.mjs';
import { testFiles } from './lib/test-files.mjs';

const c8 = [
  process.execPath,
  tools.c8,
  '--src=src',
  '--include=src/**',
  '--exclude-after-remap',
  '--reporter=text-summary',
  '--reporter=html',
];

await main(async () => {
  await ensureInstalled();
  await build({ withTests: true });
  await runTests(testFiles('build/js', process.argv.slice(2)), { wrapper: c8 });
});
