// Programs that do what they can to outlive a stop, in every way in which a task is held together.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { stopContained, type TaskStopReport } from '../../src/containment/stop-contained.ts';
import { spawn } from '../../src/process/spawn.ts';
import {
  type Contained,
  type ContainmentMode,
  containmentModes,
  groupBelow,
} from '../helpers/containment-modes.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  hostileProgram,
  livingOf,
  markedEnvironment,
  outputOf,
} from '../helpers/hostile-program.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';

guardAgainstLeaks();

const skip = process.getuid?.() === 0 ? false : 'needs root to make the groups';

interface Running extends Contained {
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a hostile program, and ends what is left of it with the test, however that ends. */
async function startHostile(
  t: TestContext,
  mode: ContainmentMode,
  what: string,
  count = 1,
): Promise<Running | undefined> {
  const environment = markedEnvironment();
  const contained = await mode.start(t, hostileProgram(), [what, String(count)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (contained === undefined) return undefined;
  await outputOf(contained.child).has('ready');
  // The main process says so before it stops: a SIGTERM between the two would end it.
  if (what === 'stopped') {
    await eventually(
      'all are stopped',
      () => contained.containment.members().every(isStopped) || undefined,
    );
  }
  return { ...contained, environment };
}

function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}

/** Nothing lives, nothing is listed, and the main process's end is known. */
function assertGone({ containment, environment }: Running, report: TaskStopReport): void {
  assert.deepEqual(report.survivors, []);
  assert.equal(report.isStuck, false);
  assert.notEqual(report.status, undefined);
  assert.deepEqual(livingOf(environment), []);
  assert.equal(containment.isEmpty(), true);
}

/** What each does stands in test/fixtures/hostile.c. */
const hostiles: readonly { readonly what: string; readonly title: string; leaves: number }[] = [
  { what: 'bomb', title: 'a fork bomb', leaves: 2 },
  { what: 'daemonise', title: 'a process that has daemonised twice', leaves: 2 },
  { what: 'setsid', title: 'a process in a session of its own', leaves: 2 },
  { what: 'ignore', title: 'processes that ignore every signal', leaves: 2 },
  { what: 'stopped', title: 'processes that are stopped', leaves: 2 },
  { what: 'leaderless', title: 'a process whose first thread has ended', leaves: 2 },
  { what: 'trace', title: 'a process that traces its child', leaves: 2 },
];

for (const mode of containmentModes) {
  suite(`in ${mode.name}`, { skip }, () => {
    for (const { what, title, leaves } of hostiles) {
      test(`${title}: gone after the ladder`, async (t) => {
        const running = await startHostile(t, mode, what);
        if (running === undefined) return;
        assert.ok(running.containment.members().length >= leaves);
        const report = await stopContained(running.child, running.containment, {
          steps: [{ signal: 'SIGTERM', graceMs: 20 }],
        });
        assertGone(running, report);
        assert.ok(report.killed >= 1);
        assert.equal(report.steps.at(-1)?.to, 'everything');
      });
    }

    test('what a main process leaves behind is gone after the ladder', async (t) => {
      const running = await startHostile(t, mode, 'leave');
      if (running === undefined) return;
      const report = await stopContained(running.child, running.containment);
      assertGone(running, report);
      assert.equal(report.status?.signal, 'SIGTERM', 'the main process ended gently');
      assert.equal(report.killed, 3);
    });

    test('nobody outside is signalled', async (t) => {
      const outside = markedEnvironment();
      const witness = spawn(hostileProgram(), ['witness'], {
        env: outside,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const told = outputOf(witness);
      await told.has('ready');
      const running = await startHostile(t, mode, 'tree', 20);
      if (running !== undefined) {
        const report = await stopContained(running.child, running.containment, {
          steps: [
            { signal: 'SIGUSR1', to: 'group', graceMs: 1 },
            { signal: 'SIGUSR2', to: 'cgroup', graceMs: 1 },
          ],
        });
        assertGone(running, report);
      }
      assert.equal(witness.status, undefined);
      assert.equal(told.text(), 'ready\n');
      witness.kill('SIGKILL');
      await witness.exited;
    });

    if (mode.hasV2) {
      test('processes in a frozen v2 group, and in one below: gone after the ladder', async (t) => {
        const running = await startHostile(t, mode, 'tree', 4);
        if (running === undefined) return;
        const { v2 = '' } = running;
        const below = groupBelow(v2);
        const [member = 0] = running.containment.members();
        writeFileSync(join(below, 'cgroup.procs'), String(member));
        writeFileSync(join(below, 'cgroup.freeze'), '1');
        writeFileSync(join(v2, 'cgroup.freeze'), '1');
        const report = await stopContained(running.child, running.containment, { steps: [] });
        assertGone(running, report);
        assert.equal(report.killed, 4);
      });
    }

    if (mode.hasFreezer) {
      test('processes in a frozen v1 group, and in one below: gone after the ladder', async (t) => {
        const running = await startHostile(t, mode, 'tree', 4);
        if (running === undefined) return;
        const { freezer = '' } = running;
        const below = groupBelow(freezer);
        const [member = 0] = running.containment.members();
        writeFileSync(join(below, 'cgroup.procs'), String(member));
        writeFileSync(join(below, 'freezer.state'), 'FROZEN');
        writeFileSync(join(freezer, 'freezer.state'), 'FROZEN');
        const report = await stopContained(running.child, running.containment, { steps: [] });
        assertGone(running, report);
        assert.equal(report.killed, 4);
      });
    }
  });
}
