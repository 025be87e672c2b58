// Owner of the list of skipped tests: what this machine could not show is said, never silently passed.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { inRoot } from './paths.mjs';

export const skippedFile = inRoot('build/skipped-tests.jsonl');

export function forgetSkippedTests() {
  rmSync(skippedFile, { force: true });
}

/** @returns what is wrong: tests that were skipped without a reason. */
export function reportSkippedTests() {
  const lines = existsSync(skippedFile) ? readFileSync(skippedFile, 'utf8').split('\n') : [];
  const skipped = lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  if (skipped.length === 0) return [];
  const byReason = Map.groupBy?.(skipped, reasonOf) ?? groupByReason(skipped);
  console.log(`\nskipped on this machine: ${skipped.length}`);
  for (const [reason, tests] of byReason) {
    console.log(`  ${reason}`);
    for (const { title } of tests) console.log(`    - ${title}`);
  }
  return skipped
    .filter(({ reason }) => reason === undefined)
    .map(({ title }) => `skipped without a reason: ${title}`);
}

const reasonOf = ({ reason }) => reason ?? '(no reason given)';

// Map.groupBy came with Node 21.
function groupByReason(tests) {
  const groups = new Map();
  for (const test of tests) {
    const reason = reasonOf(test);
    groups.set(reason, [...(groups.get(reason) ?? []), test]);
  }
  return groups;
}
