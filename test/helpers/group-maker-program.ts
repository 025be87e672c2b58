// A program for the tests of leftovers: opens a group for each task that its argument names, runs a sleeper in that of the
// first, says so, and waits until it is killed.

import { TaskCgroups } from '../../src/cgroup/task-cgroups.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { TestPlace } from './task-place.ts';

interface Order {
  readonly place: TestPlace;
  readonly tasks: readonly string[];
}

function run({ place, tasks }: Order): void {
  const groups = new TaskCgroups(place, { join: place.controllers, poolSize: 0 });
  const opened = tasks.map((task) => groups.open(task));
  const first = opened[0];
  if (first !== undefined) {
    spawn('sleep', ['1000'], { cgroup: first.spawnOption(), stdio: 'ignore' });
  }
  process.stdout.write('ready\n');
  setInterval(() => undefined, 1_000_000);
}

run(JSON.parse(process.argv[2] ?? '') as Order);
