// Pure: what a run of the laboratory says to people.

import { formatSeconds } from '../timing.mjs';

const ofType = (record, type) => record.events.filter((event) => event.type === type);
const shortName = (file = '') =>
  file.replace(/^.*?\/(?:build\/js\/)?test\//, '').replace(/\.test\.[jt]s$/, '');
const indented = (text) => text.trimEnd().replaceAll(/^/gm, '      ');

export function isFailed(record) {
  if (record.problem !== undefined || ofType(record, 'fail').length > 0) return true;
  // A mode that ran nothing has shown nothing.
  return record.events.length === 0;
}

/** One line for a mode that has ended, and what failed in it. */
export function describeRecord(record) {
  const counts = ['pass', 'skip', 'fail'].map((type) => ofType(record, type).length);
  const [passed, skipped, failed] = counts;
  const seconds = record.seconds === undefined ? '' : formatSeconds(record.seconds * 1000);
  const lines = [
    `${isFailed(record) ? 'FAILED' : 'ok    '} ${record.kernel.version.padEnd(5)} ${record.mode.name.padEnd(13)} ` +
      `${passed} passed, ${skipped} skipped, ${failed} failed  ${seconds}`,
  ];
  for (const { file, title, error } of ofType(record, 'fail')) {
    lines.push(`    ${shortName(file)}: ${title}`, indented(error));
  }
  if (record.problem !== undefined) lines.push(indented(record.problem));
  if (record.problem === undefined && record.events.length === 0) lines.push('    ran no test');
  if (isFailed(record) && record.output !== '')
    lines.push('    it wrote:', indented(record.output));
  return lines.join('\n');
}

/** Skipped tests by reason, with the modes in which each was skipped. */
export function describeSkipped(records) {
  const byReason = new Map();
  for (const record of records) {
    for (const { file, title, reason } of ofType(record, 'skip')) {
      const tests = byReason.get(reason) ?? new Map();
      byReason.set(reason, tests);
      const name = `${shortName(file)}: ${title}`;
      const where = `${record.kernel.version} ${record.mode.name}`;
      tests.set(name, [...(tests.get(name) ?? []), where]);
    }
  }
  const lines = [];
  for (const [reason, tests] of byReason) {
    lines.push(`  ${reason}`);
    for (const [name, places] of tests) lines.push(`    - ${name}\n        ${places.join(', ')}`);
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
