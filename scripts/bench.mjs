// npm run bench: builds, then measures. Everything behind `--` goes to bench/run.ts (`-- --smoke`: only that it runs).

import { existsSync } from 'node:fs';
import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { runNode } from './lib/run-command.mjs';

await main(async () => {
  await ensureInstalled();
  await build({ withTests: true });
  const compiled = inRoot('build/js/bench/run.js');
  const entry = existsSync(compiled) ? compiled : inRoot('bench/run.mjs');
  await runNode(entry, process.argv.slice(2));
});
