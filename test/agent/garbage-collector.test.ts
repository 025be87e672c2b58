// When the collector looks, under a clock of the test's own: only while there is something to collect.

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AgentLog, defaultLogSettings } from '../../src/agent/agent-log.ts';
import { defaultGcSettings } from '../../src/agent/gc-config.ts';
import { GarbageCollector } from '../../src/agent/service/garbage-collector.ts';
import type { AllocationRecord, JobRecord } from '../../src/agent/state/records.ts';
import { allocationRecord, endedRecord, jobRecord } from '../helpers/agent-records.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Nobody asks for the disk, which takes a time of its own. */
const settings = { ...defaultGcSettings, diskUsage: 100, inodeUsage: 100 };

interface Collecting {
  readonly collector: GarbageCollector;
  readonly removed: string[];
  readonly looks: () => number;
  /** Time passes, in steps that nothing can be lost in. */
  readonly pass: (ms: number) => Promise<void>;
}

function collecting(
  t: TestContext,
  jobs: readonly JobRecord[],
  allocations: AllocationRecord[],
): Collecting {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const removed: string[] = [];
  let looks = 0;
  const remove = (id: string): Promise<void> => {
    removed.push(id);
    allocations.splice(
      allocations.findIndex((one) => one.id === id),
      1,
    );
    return Promise.resolve();
  };
  const collector = new GarbageCollector({
    settings,
    allocations: {
      records: () => allocations,
      recordsOf: (id) => allocations.filter(({ jobId }) => jobId === id),
      remove,
      removeDirectory: remove,
    },
    allocationBase: tmpdir(),
    jobs: () => {
      looks += 1;
      return jobs;
    },
    forgetJob: () => Promise.resolve(false),
    log: new AgentLog(() => undefined, defaultLogSettings),
  });
  t.after(() => collector.close());
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += minute) {
      t.mock.timers.tick(minute);
      for (let turns = 0; turns < 5; turns += 1) await turn();
    }
  };
  return { collector, removed, looks: () => looks, pass };
}

test('an agent whose tasks all run looks once, and sleeps then', async (t) => {
  const { collector, looks, pass } = collecting(t, [jobRecord('service')], [allocationRecord()]);
  collector.wake();
  await pass(minute);
  const once = looks();
  assert.ok(once > 0);
  await pass(10 * hour);
  assert.equal(looks(), once);
});

test('what has ended is removed at its time, without a look in between', async (t) => {
  const old = endedRecord(0, { isCollected: true, desired: 'stop' });
  const { collector, looks, pass, removed } = collecting(
    t,
    [jobRecord('service')],
    [old, allocationRecord()],
  );
  collector.wake();
  await pass(minute);
  const first = looks();
  await pass(hour - 2 * minute);
  assert.equal(looks(), first);
  assert.deepEqual(removed, []);
  await pass(minute);
  assert.deepEqual(removed, [old.id]);
  const last = looks();
  await pass(hour);
  assert.equal(looks(), last);
});

test('a new setting counts at once, and nothing is done any more once it is closed', async (t) => {
  const old = endedRecord(0, { desired: 'stop' });
  const allocations = [old, endedRecord(0, { index: 1 }), allocationRecord()];
  const { collector, pass, removed } = collecting(t, [jobRecord('service')], allocations);
  collector.configure({ ...settings, allocationAgeMs: 5 * minute });
  await pass(4 * minute);
  assert.deepEqual(removed, []);
  await pass(2 * minute);
  assert.deepEqual(removed, [old.id]);
  await collector.close();
  collector.configure({ ...settings, maxAllocations: 0 });
  await pass(hour);
  assert.deepEqual(removed, [old.id]);
});
