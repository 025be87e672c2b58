// Makes the library: dist/index.js, and in dist/lib/ the parts that load when they are first used (the driver).
//
// One file instead of forty: Node spends about half a millisecond on finding and linking each ES module, and the import of
// this package is to stay light. The declarations beside it are tsc's. `bindings` and `valibot` stay outside.

import { mkdirSync, rmSync } from 'node:fs';
import { main } from './lib/main.mjs';
import { inRoot, root } from './lib/paths.mjs';
import { runCommand } from './lib/run-command.mjs';

const esbuild = inRoot('node_modules/@esbuild/linux-x64/bin/esbuild');

await main(async () => {
  rmSync(inRoot('dist/lib'), { recursive: true, force: true });
  mkdirSync(inRoot('dist'), { recursive: true });
  await runCommand(
    esbuild,
    [
      'index=src/index.ts',
      '--bundle',
      '--splitting',
      '--format=esm',
      '--platform=node',
      '--target=node20.19',
      '--outdir=dist',
      '--chunk-names=lib/[name]-[hash]',
      '--external:bindings',
      '--external:valibot',
      '--keep-names',
      '--log-level=warning',
    ],
    { cwd: root },
  );
});
