// Runs named checks, all of them even when one fails, and says at the end what each took.

import { CommandError } from './run-command.mjs';
import { formatSeconds } from './timing.mjs';

/** What a failed check has said is shown here, unless it has shown it itself. */
async function runCheck([name, run]) {
  const startedAt = performance.now();
  let isOk = true;
  try {
    await run();
  } catch (error) {
    isOk = false;
    if (!(error instanceof CommandError)) console.error(error.message);
    else if (!error.isShown) process.stderr.write(`${error.output}\n`);
  }
  return { name, isOk, took: formatSeconds(performance.now() - startedAt) };
}

/**
 * @param checks pairs of name and async function. Throws when one failed.
 * @param beside more of them, which run beside those and say nothing before their end.
 */
export async function runChecks(checks, { beside = [] } = {}) {
  const running = beside.map(runCheck);
  const rows = [];
  for (const check of checks) rows.push(await runCheck(check));
  rows.push(...(await Promise.all(running)));
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, isOk, took } of rows) {
    console.log(`${isOk ? 'ok    ' : 'FAILED'} ${name.padEnd(width)}  ${took}`);
  }
  const failed = rows.filter(({ isOk }) => !isOk).map(({ name }) => name);
  if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
}
