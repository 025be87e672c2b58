// Runs the steps of a build; the compilers of the two languages work at the same time.

import {
  bundle,
  cli,
  isPresent,
  library,
  native,
  prebuilds,
  schemas,
  tests,
} from './build-steps.mjs';
import { requirePrerequisites } from './prerequisites.mjs';
import { runStep } from './step.mjs';

async function runInOrder(steps) {
  let isChanged = false;
  for (const step of steps) {
    if (!isPresent(step)) continue;
    isChanged = (await runStep(step)) || isChanged;
  }
  return isChanged;
}

/** @returns whether there was something to do. `withTests` compiles the tests too. */
export async function build({ withTests = false } = {}) {
  requirePrerequisites();
  const chains = [
    [native, prebuilds],
    [library, schemas, bundle, cli, ...(withTests ? [tests] : [])],
  ];
  const results = await Promise.allSettled(chains.map(runInOrder));
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
  }
  return results.some((result) => result.value);
}
