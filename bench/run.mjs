// Compiles the harness and runs it; `npm run bench` has built the package before.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

execFileSync(process.execPath, [file('../node_modules/typescript/bin/tsc'), '-p', file('.')], {
  stdio: 'inherit',
});
await import('../build/bench/run.js');
