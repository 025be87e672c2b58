// npm run test:fuzz: random bytes, derived from real messages, plans and records, for everything that reads what others have
// written. `-- --seconds N` says for how long (60); `-- FILE…` runs these inputs alone; `-- --keep` makes test/fuzz/corpus anew.

import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCMake } from './lib/cmake.mjs';
import { fuzz, keepFewest, prepareFuzzer, runInputs, runKept } from './lib/fuzzer.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { requireLibFuzzer, requireTools } from './lib/tools.mjs';

await main(async () => {
  const { values, positionals } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, keep: { type: 'boolean' } },
    allowPositionals: true,
  });
  const seconds = Number(values.seconds);
  if (!(Number.isInteger(seconds) && seconds > 0)) {
    throw new Error(`--seconds must be a whole number above 0, not ${values.seconds}`);
  }
  await ensureInstalled();
  requireTools(['clang++-14', 'cmake', 'ninja']);
  await requireLibFuzzer();
  await buildCMake('fuzz', ['wire_fuzzer', 'wire_seeds']);
  await prepareFuzzer();
  if (positionals.length > 0) {
    process.stdout.write(await runInputs(positionals));
    return;
  }
  if (values.keep) {
    const corpus = inRoot('test/fuzz/corpus');
    const fewest = await keepFewest();
    rmSync(corpus, { recursive: true, force: true });
    cpSync(fewest, corpus, { recursive: true });
    process.stdout.write(`${readdirSync(join(corpus)).length} inputs kept\n`);
    return;
  }
  process.stdout.write(`${await runKept()} kept inputs: nothing found\n`);
  const { inputs, covered, places } = await fuzz(seconds);
  process.stdout.write(
    `${inputs} inputs in ${seconds} s: nothing found; reached ${covered} of ${places} places in the code\n`,
  );
});
