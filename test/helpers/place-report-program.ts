// A program for the tests of places: finds a place for task groups as somebody else, somewhere else. Its argument is JSON:
// { enter?: a group to go into first, uid?: who to become, options?: of findTaskPlace }. It prints a PlaceReport.

import { writeFileSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { readHostLayout } from '../../src/cgroup/host-layout.ts';
import {
  findTaskPlace,
  releaseTaskPlace,
  remakeTaskPlace,
  type TaskPlace,
  type TaskPlaceOptions,
} from '../../src/cgroup/task-place.ts';
import { run } from '../../src/process/run.ts';

interface Order {
  readonly enter?: string;
  readonly uid?: number;
  readonly options?: TaskPlaceOptions;
}

/** What a task in a group of its own below the place sees of itself. */
async function insideOf(place: TaskPlace): Promise<string | undefined> {
  const { parent } = place;
  if (parent.v2 === undefined) return undefined;
  const group = `${parent.v2}/inside-${process.pid}`;
  await makeBelow(place, group);
  const { stdout } = await run('cat', ['/proc/self/cgroup'], { cgroup: group });
  await rmdir(group);
  return stdout.split('\n').find((line) => line.startsWith('0::'));
}

/** Another supervisor that has ended may have taken the parent along, while it was empty. */
async function makeBelow(place: TaskPlace, group: string): Promise<void> {
  for (;;) {
    try {
      await mkdir(group);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      await remakeTaskPlace(place);
    }
  }
}

async function attempt(options: TaskPlaceOptions | undefined): Promise<object> {
  try {
    const place = await findTaskPlace(options);
    if ('none' in place) return place;
    const inside = await insideOf(place);
    await releaseTaskPlace(place);
    return { ...place, inside, pid: process.pid };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? error.code : undefined;
    const path = 'path' in error ? error.path : undefined;
    return { code, message: error.message, path };
  }
}

const { enter, uid, options } = JSON.parse(process.argv[2] ?? '') as Order;
if (enter !== undefined) writeFileSync(`${enter}/cgroup.procs`, `${process.pid}`);
if (uid !== undefined) {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
process.stdout.write(
  `${JSON.stringify({ layout: readHostLayout(), place: await attempt(options) })}\n`,
);
