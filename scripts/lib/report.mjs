// Runs named checks one after the other, all of them even when one fails, and says at the end what each took.

import { CommandError } from './run-command.mjs';
import { formatSeconds } from './timing.mjs';

/** @param checks pairs of name and async function. Throws when one failed. */
export async function runChecks(checks) {
  const rows = [];
  for (const [name, run] of checks) {
    const startedAt = performance.now();
    let isOk = true;
    try {
      await run();
    } catch (error) {
      isOk = false;
      if (!(error instanceof CommandError)) console.error(error.message);
      else if (!error.isShown) process.stderr.write(`${error.output}\n`);
    }
    rows.push({ name, isOk, took: formatSeconds(performance.now() - startedAt) });
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, isOk, took } of rows) {
    console.log(`${isOk ? 'ok    ' : 'FAILED'} ${name.padEnd(width)}  ${took}`);
  }
  const failed = rows.filter(({ isOk }) => !isOk).map(({ name }) => name);
  if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
}
