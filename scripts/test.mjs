// npm test: installs, builds and runs the tests. `npm test -- spawn cli/` runs the files whose path has one of these.

import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { runTests } from './lib/run-tests.mjs';
import { testFiles } from './lib/test-files.mjs';

await main(async () => {
  await ensureInstalled();
  await build({ withTests: true });
  const filters = process.argv.slice(2);
  const files = testFiles('build/js', filters);
  if (files.length === 0) throw new Error(`no test file has any of: ${filters.join(', ')}`);
  await runTests(files);
});
