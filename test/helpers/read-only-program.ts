// A program for a test: tries to open a group below its argument, and prints the error.

import { CgroupError } from '../../src/cgroup/cgroup-errors.ts';
import { TaskCgroups } from '../../src/cgroup/task-cgroups.ts';

const parent = process.argv[2] ?? '';
const groups = new TaskCgroups({ parent: { v2: parent, v1: [] }, controllers: [] });
try {
  groups.open('task');
} catch (error) {
  if (!(error instanceof CgroupError)) throw error;
  process.stdout.write(`${error.code} ${error.errno} ${error.message}\n`);
}
