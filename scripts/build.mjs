// npm run build: addon, library, schemas, command line and prebuilds; only what is out of date.

import { build } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';

await main(async () => {
  await ensureInstalled();
  if (!(await build())) console.log('build: nothing to do');
});
