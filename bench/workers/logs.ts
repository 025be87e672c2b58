// Worker: one way to carry lines from a pipe into a file, by bench/native/log_pump.cc. The file is in memory: what a disk takes
// is not asked.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPairs } from './settings.ts';

const pairs = readPairs(process.argv.slice(2));
const given = (key: string): string => pairs.get(key) ?? '';

const inMemory = '/dev/shm';
const folder = mkdtempSync(
  join(existsSync(inMemory) ? inMemory : tmpdir(), 'raw-exec-bench-logs-'),
);
try {
  const file = join(folder, 'log');
  // A program of its own is told the file; the others have it from the first arguments.
  const way = given('way');
  const command = given('command')
    .split('\n')
    .filter((part) => part !== '');
  if (way === 'program') command.push(`${file}.0`);
  const args = [way, given('lineSize'), given('bytes'), file, ...command];
  const told = JSON.parse(execFileSync(given('carrier'), args, { encoding: 'utf8' })) as {
    readonly bytes: number;
    readonly seconds: number;
    readonly cpu: number;
  };
  const figures = {
    'MB/s': told.bytes / told.seconds / 1e6,
    'CPU s per GB': (told.cpu / told.bytes) * 1e9,
  };
  process.stdout.write(`${JSON.stringify({ figures })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
