// Measures what a log pump carries and what it costs, for lines of 4 KiB and of 100 bytes, each written by one write(2),
// against the plainest loops in C and against a Node stream pipe: `node bench/logs.mjs [--quick]`.
// The file is in memory (/dev/shm): what a disk takes is not asked. All of them have a pipe of 1 MiB.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../scripts/lib/build.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';

await build();

const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 1 : 7;
const loads = [
  { lineSize: 4096, bytes: isQuick ? 100e6 : 1e9 },
  { lineSize: 100, bytes: isQuick ? 10e6 : 200e6 },
];
const folder = mkdtempSync(join(tmpdir(), 'raw-exec-bench-logs-'));
const memory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'raw-exec-logs-'));
process.once('exit', () => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(memory, { recursive: true, force: true });
});

const carrier = join(folder, 'log_pump');
mkdirSync(folder, { recursive: true });
execFileSync('c++', ['-std=c++20', '-O2', '-o', carrier, inRoot('bench/native/log_pump.cc')]);

const nodePipe = join(folder, 'pipe.mjs');
writeFileSync(
  nodePipe,
  `import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Socket } from 'node:net';
await pipeline(new Socket({ fd: 0, readable: true }), createWriteStream(process.argv[2]));
`,
);

const file = join(memory, 'log');
const keeper = inRoot('build/Release/raw-exec-keeper');
const ways = [
  { name: 'C splice loop', way: 'splice-loop', command: [] },
  { name: 'raw-exec', way: 'pump-splice', command: [keeper] },
  { name: 'C read/write loop', way: 'copy-loop', command: [] },
  { name: "raw-exec, pump: 'copy'", way: 'pump-copy', command: [keeper] },
  {
    name: `Node ${process.version} stream pipe`,
    way: 'program',
    command: [process.execPath, nodePipe, `${file}.0`],
  },
];

function measure({ way, command }, { lineSize, bytes }) {
  const args = [way, String(lineSize), String(bytes), file, ...command];
  const result = JSON.parse(execFileSync(carrier, args, { encoding: 'utf8' }));
  return {
    speed: result.bytes / result.seconds / 1e6,
    cpu: (result.cpu / result.bytes) * 1e9,
  };
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

for (const load of loads) {
  const results = ways.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    // Back and forth, so that a machine that grows slower or faster does so for all alike.
    const order = ways.map((_, index) => index);
    if (round % 2 === 1) order.reverse();
    for (const index of order) results[index].push(measure(ways[index], load));
  }
  console.log(`\nlines of ${load.lineSize} bytes, median of ${rounds}\n`);
  console.log('| | MB/s | CPU s per GB |\n|---|---:|---:|');
  const medians = results.map((runs) => ({
    speed: median(runs.map(({ speed }) => speed)),
    cpu: median(runs.map(({ cpu }) => cpu)),
  }));
  for (const [index, { name }] of ways.entries()) {
    const { speed, cpu } = medians[index];
    console.log(`| ${name} | ${Math.round(speed)} | ${cpu.toFixed(2)} |`);
  }
  const [splice, ours, , , node] = medians;
  const ratio = (value) => value.toFixed(2);
  console.log(`\nagainst the splice loop, wanted >= 0.9: ${ratio(ours.speed / splice.speed)}`);
  console.log(`against the Node stream pipe, wanted >= 3: ${ratio(ours.speed / node.speed)}`);
  console.log(`CPU against the Node stream pipe, wanted <= 0.5: ${ratio(ours.cpu / node.cpu)}`);
}
