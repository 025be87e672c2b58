// npm run api-report: writes etc/raw-exec.api.md anew. The difference is part of the commit that changes the API.

import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { tools } from './lib/paths.mjs';
import { runNode } from './lib/run-command.mjs';

await main(async () => {
  await ensureInstalled();
  await build();
  await runNode(tools.apiExtractor, ['run', '--local']);
});
