// Owner of build/stamps: a step runs when its inputs differ from those of its last success, or an output is missing.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { filesUnder, fingerprint } from './fingerprint.mjs';
import { inRoot } from './paths.mjs';
import { formatSeconds } from './timing.mjs';

const stampFile = (name) => inRoot('build/stamps', name);

function stampOf(name) {
  return existsSync(stampFile(name)) ? readFileSync(stampFile(name), 'utf8') : undefined;
}

/**
 * @param step `{ name, inputs, accepts?, extra?, outputs, run }`; inputs and outputs relative to the root.
 * @returns whether there was something to do.
 */
export async function runStep({ name, inputs, accepts, extra, outputs, run }) {
  const files = filesUnder(['package-lock.json', ...inputs], accepts);
  const wanted = fingerprint(files, extra);
  const isComplete = () => outputs.every((output) => existsSync(inRoot(output)));
  if (stampOf(name) === wanted && isComplete()) return false;

  rmSync(stampFile(name), { force: true });
  const startedAt = performance.now();
  await run();
  const missing = outputs.filter((output) => !existsSync(inRoot(output)));
  if (missing.length > 0) throw new Error(`${name}: did not make ${missing.join(', ')}`);
  mkdirSync(inRoot('build/stamps'), { recursive: true });
  writeFileSync(stampFile(name), wanted);
  console.log(`${name}: ${formatSeconds(performance.now() - startedAt)}`);
  return true;
}
