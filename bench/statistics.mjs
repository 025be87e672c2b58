// Measures what reading the statistics of 1 and of 1,000 task groups costs, against a C program that only reads the same
// files: `node bench/statistics.mjs`. Runs in groups that it makes and removes; pin it with taskset for steady numbers.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../scripts/lib/build.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';

await build({ withTests: true });
const { GroupStats } = await import(inRoot('build/js/src/cgroup/group-stats.js'));

const counts = [1, 1000];
const rounds = 41;
const root = '/sys/fs/cgroup';
const v1Controllers = ['memory', 'cpu', 'cpuacct', 'pids', 'blkio'];
const v2Mount = existsSync(join(root, 'cgroup.controllers')) ? root : join(root, 'unified');

/** The files of the usual reading, as GroupStats finds them: those that are there. */
const usualFiles = {
  v2: [
    'cpu.stat',
    'memory.current',
    'memory.peak',
    'memory.swap.current',
    'memory.events',
    'pids.current',
    'io.stat',
  ],
  memory: ['memory.usage_in_bytes', 'memory.max_usage_in_bytes', 'memory.oom_control'],
  cpu: ['cpu.stat'],
  cpuacct: ['cpuacct.usage', 'cpuacct.stat'],
  pids: ['pids.current'],
  blkio: ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive'],
};
const detailFiles = {
  v2: ['memory.stat'],
  memory: ['memory.stat', 'memory.kmem.usage_in_bytes', 'memory.failcnt'],
};
const pressureFiles = { v2: ['cpu.pressure', 'memory.pressure', 'io.pressure'] };

function makeGroup(index) {
  const name = `raw-exec-bench-stats-${process.pid}-${index}`;
  const v1 = v1Controllers
    .filter((controller) => existsSync(join(root, controller, 'tasks')))
    .map((controller) => ({ controller, directory: join(root, controller, name) }));
  const v2 = existsSync(join(v2Mount, 'cgroup.controllers')) ? join(v2Mount, name) : undefined;
  for (const directory of directoriesOf({ v2, v1 })) mkdirSync(directory);
  return { v2, v1 };
}

const directoriesOf = ({ v2, v1 }) => [
  ...(v2 === undefined ? [] : [v2]),
  ...v1.map(({ directory }) => directory),
];

function filesOf({ v2, v1 }, wanted) {
  const places = [{ controller: 'v2', directory: v2 }, ...v1];
  return places.flatMap(({ controller, directory }) => {
    if (directory === undefined) return [];
    const present = new Set(readdirSync(directory));
    return (wanted[controller] ?? [])
      .filter((name) => present.has(name))
      .map((name) => join(directory, name));
  });
}

const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Microseconds per task, the median of the rounds. */
function measureOurs(groups, options) {
  const stats = new GroupStats({ maxOpenFiles: 40_000 });
  for (const [index, group] of groups.entries()) stats.add(`${index}`, group);
  const repeats = groups.length < 100 ? 100 : 1;
  const values = [];
  for (let round = 0; round < rounds + 20; round += 1) {
    const started = process.hrtime.bigint();
    for (let repeat = 0; repeat < repeats; repeat += 1) stats.readAll(undefined, options);
    values.push(Number(process.hrtime.bigint() - started) / 1000 / repeats / groups.length);
  }
  stats.close();
  return middle(values.slice(20));
}

function measureFloor(program, groups, wanted) {
  // Where v2 tells a group's CPU time, cpuacct is not read.
  const isNeeded = (file) => groups[0]?.v2 === undefined || !file.includes('/cpuacct.');
  const lists = groups.map((group) =>
    wanted.flatMap((part) => filesOf(group, part)).filter(isNeeded),
  );
  const perGroup = lists[0]?.length ?? 0;
  const output = execFileSync(program, [`${perGroup}`, `${rounds}`], {
    input: lists.flat().join('\n'),
    encoding: 'utf8',
  });
  return { perGroup, us: middle(output.trim().split('\n').map(Number)) / 1000 };
}

const kinds = [
  ['usual: cpu, memory, pids, io', {}, [usualFiles]],
  ['with detail (memory.stat)', { detail: true }, [usualFiles, detailFiles]],
  [
    'with detail and pressure',
    { detail: true, pressure: true },
    [usualFiles, detailFiles, pressureFiles],
  ],
];

const folder = mkdtempSync(join(tmpdir(), 'raw-exec-bench-'));
const groups = [];
try {
  const program = join(folder, 'stats_floor');
  execFileSync('gcc', ['-O2', '-o', program, inRoot('bench/native/stats_floor.c')]);
  for (let index = 0; index < Math.max(...counts); index += 1) groups.push(makeGroup(index));
  console.log('| reading | tasks | files each | ours, µs per task | C reads only, µs per task |');
  console.log('|---|---|---|---|---|');
  for (const [label, options, wanted] of kinds) {
    for (const count of counts) {
      const some = groups.slice(0, count);
      const ours = measureOurs(some, options);
      const floor = measureFloor(program, some, wanted);
      console.log(
        `| ${label} | ${count} | ${floor.perGroup} | ${ours.toFixed(1)} | ${floor.us.toFixed(1)} |`,
      );
    }
  }
} finally {
  for (const group of groups) for (const directory of directoriesOf(group)) rmdirSync(directory);
  rmSync(folder, { recursive: true });
}
