// Pure: what a run of the laboratory says to people.

import { formatSeconds } from '../timing.mjs';

const ofType = (record, type) => record.events.filter((event) => event.type === type);
const shortName = (file = '') =>
  file.replace(/^.*?\/(?:build\/js\/)?test\//, '').replace(/\.test\.[jt]s$/, '');
const indented = (text) => text.trimEnd().replaceAll(/^/gm, '      ');
const place = ({ kernel, mode }) => `${kernel.version.padEnd(5)} ${mode.name.padEnd(13)}`;
const nameOf = ({ file, title }) => `${shortName(file)}: ${title}`;
const ranTests = (record) => record.events.some(({ type }) => type !== 'skip');

/** Why a mode fails the run beside its tests: undefined when it does not. */
function problemOf(record) {
  if (record.problem !== undefined) return record.problem;
  if (ranTests(record)) return undefined;
  // A mode that ran nothing has shown nothing.
  return record.events.length === 0 ? 'it ran no test' : 'every test was skipped';
}

export const isFailed = (record) =>
  problemOf(record) !== undefined || ofType(record, 'fail').length > 0;

/** Told as soon as a test has failed: a whole run takes minutes. */
export const describeFailure = (record, event) =>
  `FAILED ${place(record)} ${nameOf(event)}\n${indented(event.error)}`;

export const describeEvent = (record, event) =>
  `${event.type.padEnd(6)} ${place(record)} ${formatSeconds(event.ms ?? 0).padStart(12)}  ${nameOf(event)}`;

/** One line for a mode that has ended, and what went wrong in it beside its tests. */
export function describeRecord(record) {
  const [passed, skipped, failed] = ['pass', 'skip', 'fail'].map(
    (type) => ofType(record, type).length,
  );
  const seconds = record.seconds === undefined ? '' : formatSeconds(record.seconds * 1000);
  const problem = problemOf(record);
  const lines = [
    `${isFailed(record) ? 'FAILED' : 'ok    '} ${place(record)} ` +
      `${passed} passed, ${skipped} skipped, ${failed} failed  ${seconds}`,
  ];
  if (problem !== undefined) lines.push(indented(problem));
  if (isFailed(record) && record.output !== '')
    lines.push('    it wrote:', indented(record.output));
  return lines.join('\n');
}

/** Groups of `rows` by what `key` says of each, in the order of their first. */
function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

/** `v2-root 5.10 6.1, v2-user 5.10` */
function describePlaces(rows) {
  const byMode = groupBy(rows, ({ record }) => record.mode.name);
  const kernelsOf = (ofMode) => [...new Set(ofMode.map(({ record }) => record.kernel.version))];
  return [...byMode].map(([mode, ofMode]) => `${mode} ${kernelsOf(ofMode).join(' ')}`).join(', ');
}

/** How many tests were skipped where, by reason; `withTests` names them. Numbers of a reason say who asks, not why. */
export function describeSkipped(records, { withTests = false } = {}) {
  const rows = records.flatMap((record) =>
    ofType(record, 'skip').map((event) => ({ ...event, record })),
  );
  const lines = [];
  for (const [reason, ofReason] of groupBy(rows, (row) => row.reason.replace(/\d+(-\d+)+/g, 'N'))) {
    const byTest = groupBy(ofReason, nameOf);
    lines.push(`  ${reason}\n      ${byTest.size} tests: ${describePlaces(ofReason)}`);
    if (!withTests) continue;
    for (const [name, ofTest] of byTest) {
      lines.push(`    - ${name}\n        ${describePlaces(ofTest)}`);
    }
  }
  return lines.length === 0 ? '' : `\nskipped:\n${lines.join('\n')}`;
}

/** How long each file took, over all modes: what to look at when a run takes too long. */
export function describeTimes(records) {
  const times = new Map();
  for (const record of records) {
    for (const { file, ms = 0 } of record.events) {
      times.set(shortName(file), (times.get(shortName(file)) ?? 0) + ms);
    }
  }
  const rows = [...times].sort(([, a], [, b]) => b - a);
  return rows.map(([file, ms]) => `${formatSeconds(ms).padStart(12)}  ${file}`).join('\n');
}

/** The last lines: how much was shown, and what was not. */
export function describeTotals(records, { boots, ms }) {
  const count = (type) => records.reduce((sum, record) => sum + ofType(record, type).length, 0);
  const kernels = new Set(records.map(({ kernel }) => kernel.version));
  return (
    `${records.length} modes on ${[...kernels].join(', ')}: ${count('pass')} tests passed, ` +
    `${count('skip')} skipped, ${count('fail')} failed; ${formatSeconds(ms)} in ${boots} boots`
  );
}
