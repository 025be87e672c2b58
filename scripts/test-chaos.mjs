// npm run test:chaos: the tests that kill parts of the keeper at random, with many tasks and many blows.

import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { runTests } from './lib/run-tests.mjs';
import { testFiles } from './lib/test-files.mjs';

await main(async () => {
  await ensureInstalled();
  await build({ withTests: true });
  const { RAW_EXEC_CHAOS_TASKS = '200', RAW_EXEC_CHAOS_BLOWS = '40' } = process.env;
  await runTests(testFiles('build/js', ['keeper/chaos']), {
    env: { RAW_EXEC_CHAOS_TASKS, RAW_EXEC_CHAOS_BLOWS },
  });
});
