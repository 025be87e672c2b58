// npm run test:chaos: what a keeper has to bear. A storm of kills and stops with many tasks and blows, then one fault at a time.

import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { runTests } from './lib/run-tests.mjs';
import { testFiles } from './lib/test-files.mjs';

await main(async () => {
  await ensureInstalled();
  await build({ withTests: true });
  const { RAW_EXEC_CHAOS_TASKS = '200', RAW_EXEC_CHAOS_BLOWS = '40' } = process.env;
  await runTests(
    testFiles('build/js', ['keeper/chaos', 'keeper/disk-faults', 'keeper/limit-faults']),
    {
      env: { RAW_EXEC_CHAOS_TASKS, RAW_EXEC_CHAOS_BLOWS },
    },
  );
});
