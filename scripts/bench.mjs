// npm run bench: builds, then measures. Everything behind `--` goes to bench/run.mjs (`-- --smoke`: only that it runs).

import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { runNode } from './lib/run-command.mjs';

await main(async () => {
  await ensureInstalled();
  await build();
  await runNode(inRoot('bench/run.mjs'), process.argv.slice(2));
});
