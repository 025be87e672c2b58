// Compares two result files: `node bench/compare.mjs before.json after.json`.

import { readFileSync } from 'node:fs';
import { number } from './markdown.ts';
import { findRow, type Results, type Row } from './results.ts';
import type { Summary } from './statistics.ts';

function read(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  if (results.schema !== 1) throw new Error(`${file} is of another version`);
  return results;
}

/** A change counts when it is larger than what the rounds of either run differ by. */
function change(before: Summary, after: Summary): string {
  const part = after.p50 / before.p50 - 1;
  const isClear = Math.abs(part) > Math.max(before.spread, after.spread, 0.03);
  return `${number(before.p50)} → ${number(after.p50)} (${part > 0 ? '+' : ''}${(part * 100).toFixed(0)} %${isClear ? '' : ', in the noise'})`;
}

function describe(before: Row, after: Row): string {
  const parts = (['call', 'seen', 'perSecond'] as const).flatMap((metric) => {
    const a = before[metric];
    const b = after[metric];
    return a === undefined || b === undefined ? [] : [`${metric} ${change(a, b)}`];
  });
  return `${before.case} | ${before.rival} | ${before.load} | ${before.pinning} | ${parts.join(' | ')}`;
}

const [first, second] = process.argv.slice(2);
if (first === undefined || second === undefined) {
  console.error('usage: node bench/compare.mjs before.json after.json');
  process.exitCode = 2;
} else {
  const before = read(first);
  const after = read(second);
  console.log(`${before.commit} (${before.date}) → ${after.commit} (${after.date})`);
  for (const row of before.rows) {
    const same = findRow(after, row);
    if (same !== undefined) console.log(describe(row, same));
  }
}
