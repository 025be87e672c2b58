// Compiles the harness and runs it; `npm run bench` has built the package before.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

execFileSync(process.execPath, [file('../node_modules/typescript/bin/tsc'), '-p', file('.')], {
  stdio: 'inherit',
});
execFileSync(file('../node_modules/@esbuild/linux-x64/bin/esbuild'), [
  file('containment.mjs'),
  '--bundle',
  '--format=esm',
  '--platform=node',
  '--external:bindings',
  '--log-level=warning',
  `--outfile=${file('../build/bench/containment.js')}`,
]);
await import('../build/bench/run.js');
