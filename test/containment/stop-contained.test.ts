// The ladder itself: its steps, whom they reach, what it tells; and what it never touches.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { signalContained } from '../../src/containment/signal-contained.ts';
import { type ReapedProcess, spawnReaped } from '../../src/containment/spawn-reaped.ts';
import { stopContained, type TaskStopStepReport } from '../../src/containment/stop-contained.ts';
import { V1Containment } from '../../src/containment/v1-containment.ts';
import { V2Containment } from '../../src/containment/v2-containment.ts';
import { Members } from '../../src/native/groups.ts';
import { native } from '../../src/native.ts';
import { run } from '../../src/process/run.ts';
import { spawn } from '../../src/process/spawn.ts';
import { makeGroup } from '../helpers/cgroup-group.ts';
import { containmentModes } from '../helpers/containment-modes.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  hostileProgram,
  livingOf,
  markedEnvironment,
  outputOf,
} from '../helpers/hostile-program.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { fewer } from '../helpers/slowness.ts';

guardAgainstLeaks();

const skip = process.getuid?.() === 0 ? false : 'needs root to make groups and change users';

async function startBelowReaper(
  t: TestContext,
  args: readonly string[],
  options: Parameters<typeof spawnReaped>[2] = {},
): Promise<ReapedProcess & { told: ReturnType<typeof outputOf> }> {
  const reaped = spawnReaped(hostileProgram(), args, {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    await reaped.containment.killAll(5000);
    reaped.containment.close();
  });
  const told = outputOf(reaped.child);
  await told.has('ready');
  return { ...reaped, told };
}

/** What is the same in every run. */
function essence(step: TaskStopStepReport): object {
  const { signal, to, reached, refused, hasEnded } = step;
  return { signal, to, reached, refused, hasEnded };
}

for (const mode of containmentModes) {
  test(`in ${mode.name} each step tells whom it reached, and whether that was enough`, {
    skip,
  }, async (t) => {
    const contained = await mode.start(t, hostileProgram(), ['ignore'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (contained === undefined) return;
    await outputOf(contained.child).has('ready');
    const report = await stopContained(contained.child, contained.containment, {
      steps: [
        { signal: 'SIGINT', graceMs: 5 },
        { signal: 'SIGTERM', to: 'group', graceMs: 5 },
        { signal: 'SIGRTMIN+3', to: 'cgroup', graceMs: 5 },
      ],
    });
    assert.deepEqual(report.steps.map(essence), [
      { signal: 'SIGINT', to: 'main', reached: 1, refused: [], hasEnded: false },
      { signal: 'SIGTERM', to: 'group', reached: 2, refused: [], hasEnded: false },
      { signal: 'SIGRTMIN+3', to: 'cgroup', reached: 2, refused: [], hasEnded: false },
      { signal: 'SIGKILL', to: 'everything', reached: 2, refused: [], hasEnded: true },
    ]);
    for (const { waitedMs } of report.steps.slice(0, 3)) assert.ok(waitedMs >= 4);
    assert.equal(report.killed, 2);
    assert.equal(report.isStuck, false);
    assert.equal(report.status?.signal, 'SIGKILL');
  });

  test(`in ${mode.name} a signal reaches main process, group or everything`, {
    skip,
  }, async (t) => {
    const contained = await mode.start(t, hostileProgram(), ['obey', '3'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (contained === undefined) return;
    const { child, containment } = contained;
    const told = outputOf(child);
    await told.has('ready', 3);
    const reach = async (to: 'main' | 'group' | 'cgroup', signal: 'SIGUSR1' | 'SIGRTMIN+3') =>
      (await signalContained(child, containment, signal, to)).reached;
    assert.equal(await reach('main', 'SIGUSR1'), 1);
    await told.has('got 10', 1);
    assert.equal(await reach('group', 'SIGUSR1'), 3);
    await told.has('got 10', 4);
    assert.equal(await reach('cgroup', 'SIGRTMIN+3'), 3);
    await told.has('got 37', 3);
    const report = await stopContained(child, containment, {
      steps: [{ signal: 'SIGTERM', to: 'cgroup' }],
    });
    assert.deepEqual(report.steps.map(essence), [
      { signal: 'SIGTERM', to: 'cgroup', reached: 3, refused: [], hasEnded: true },
    ]);
    assert.equal(report.killed, 0);
    assert.equal(await reach('main', 'SIGUSR1'), 0, 'it has ended');
  });
}

test('a step for everything takes care of what the main process has left', async (t) => {
  const { child, containment } = await startBelowReaper(t, ['leave']);
  const report = await stopContained(child, containment, {
    steps: [
      { signal: 'SIGTERM' },
      { signal: 'SIGINT', to: 'main' },
      { signal: 'SIGHUP', to: 'cgroup' },
    ],
  });
  assert.deepEqual(report.steps.map(essence), [
    { signal: 'SIGTERM', to: 'main', reached: 1, refused: [], hasEnded: true },
    { signal: 'SIGHUP', to: 'cgroup', reached: 3, refused: [], hasEnded: true },
  ]);
  assert.equal(report.killed, 0);
});

test('a stop of a task that has ended says so and does nothing', async (t) => {
  const { child, containment } = await startBelowReaper(t, ['leave']);
  await stopContained(child, containment, { steps: [] });
  const again = await stopContained(child, containment);
  assert.deepEqual(again.steps, []);
  assert.equal(again.status?.signal, 'SIGKILL');
});

test('bad steps and unknown signals are refused before anything is sent', async (t) => {
  const { child, containment, told } = await startBelowReaper(t, ['witness']);
  const refused = async (steps: unknown, option: string, message: RegExp): Promise<void> => {
    const stop = stopContained(child, containment, { steps } as object);
    await assert.rejects(stop, { code: 'ERR_INVALID_OPTION', option, message });
  };
  await refused([{ signal: 'SIGTREM' }], 'steps[0].signal', /did you mean "SIGTERM"/);
  await refused([{ to: 'all' }], 'steps[0].to', /'main', 'group' or 'cgroup'/);
  await refused([{ graceMs: -1 }], 'steps[0].graceMs', /milliseconds/);
  await refused([{ graceM: 1 }], 'steps[0].graceM', /did you mean "graceMs"/);
  await refused('SIGTERM', 'steps', /array/);
  const signal = signalContained(child, containment, 'SIGRTMIN+31' as 'SIGRTMIN+3', 'cgroup');
  await assert.rejects(signal, { code: 'ERR_INVALID_OPTION', message: /unknown signal/ });
  assert.equal(told.text(), 'ready\n');
});

test('a process that cannot be killed makes the stop stuck, with the place that it waits in', {
  skip,
}, async (t) => {
  const own = makeGroup(t);
  // Not the task's own: nobody may thaw it, and what is frozen in version 1 does not die of SIGKILL.
  const foreign = makeGroup(t, 'freezer');
  if (own === undefined || foreign === undefined) return;
  const state = join(foreign.path, 'freezer.state');
  const containment = new V2Containment(own.path);
  t.after(() => containment.close());
  const environment = markedEnvironment();
  const child = spawn(hostileProgram(), ['tree', '2'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    cgroup: { v2: own.path, v1: { freezer: foreign.path } },
  });
  await outputOf(child).has('ready');
  writeFileSync(state, 'FROZEN');
  let gone: Promise<boolean>;
  try {
    const report = await stopContained(child, containment, { steps: [], killGraceMs: 300 });
    assert.equal(report.isStuck, true);
    assert.equal(report.status, undefined);
    assert.deepEqual(
      report.survivors.map(({ pid }) => pid).sort((a, b) => a - b),
      livingOf(environment).sort((a, b) => a - b),
    );
    for (const { state: letter, reason, command } of report.survivors) {
      assert.deepEqual(
        { letter, reason, command },
        { letter: 'D', reason: 'frozen', command: 'hostile' },
      );
    }
    t.diagnostic(`they wait in ${report.survivors[0]?.waitsIn ?? 'a place that is not told'}`);
    gone = containment.whenEmpty(10_000);
  } finally {
    writeFileSync(state, 'THAWED');
  }
  assert.equal(await gone, true, 'watching goes on, and they die of the SIGKILL that they had got');
  await child.exited;
});

test('a stranger in a group that the caller has named survives, and so does the group', {
  skip,
}, async (t) => {
  const group = makeGroup(t);
  const freezer = makeGroup(t, 'freezer');
  if (group === undefined || freezer === undefined) return;
  const cgroup = { v2: group.path, v1: { freezer: freezer.path } };
  const stranger = spawn(hostileProgram(), ['witness'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cgroup,
  });
  t.after(() => stranger.kill('SIGKILL'));
  const told = outputOf(stranger);
  await told.has('ready');
  const environment = markedEnvironment();
  const { child, containment } = await startBelowReaper(t, ['daemonise'], {
    env: environment,
    cgroup,
  });
  const report = await stopContained(child, containment, {
    steps: [{ signal: 'SIGUSR1', to: 'cgroup', graceMs: 5 }],
  });
  assert.equal(report.isStuck, false);
  assert.deepEqual(livingOf(environment), []);
  assert.equal(stranger.status, undefined);
  assert.equal(told.text(), 'ready\n');
  stranger.kill('SIGKILL');
  await stranger.exited;
});

test('a group is not taken for empty when descriptors are used up', { skip }, async (t) => {
  const group = makeGroup(t);
  if (group === undefined) return;
  const containment = new V2Containment(group.path);
  const sleeper = spawn('sleep', ['1000'], { cgroup: { v2: group.path }, stdio: 'ignore' });
  try {
    const program = [process.execPath, fixture('no-descriptors.mjs')];
    const { stdout } = await run('/bin/sh', [
      ...['-c', 'ulimit -n 100; exec "$0" "$@"'],
      ...program,
      moduleUrl('containment/v2-containment'),
      group.path,
    ]);
    assert.match(stdout, /^(?:false|ERR_CONTAINMENT)\n$/);
  } finally {
    await containment.killAll(5000);
    await sleeper.exited;
    containment.close();
  }
});

for (const [version, controller] of [
  ['v2', undefined],
  ['v1', 'freezer'],
] as const) {
  test(`what hides in groups with a dot or deep below is killed and removed (${version})`, {
    skip,
  }, async (t) => {
    const group = makeGroup(t, controller);
    if (group === undefined) return;
    const key = controller === undefined ? 'v2' : 'v1';
    const groups = [`${group.path}/.hidden`, `${group.path}${'/d'.repeat(200)}`];
    for (const path of groups) mkdirSync(path, { recursive: true });
    const containment =
      key === 'v2'
        ? new V2Containment(group.path, { killFile: false })
        : new V1Containment([{ controller: 'freezer', directory: group.path }]);
    const children = groups.map((path) =>
      spawn('sleep', ['1000'], {
        cgroup: key === 'v2' ? { v2: path } : { v1: { freezer: path } },
        stdio: 'ignore',
      }),
    );
    try {
      assert.deepEqual([...containment.members()].sort(), children.map(({ pid }) => pid).sort());
      assert.deepEqual(await containment.killAll(5000), { killed: 2, survivors: [] });
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(children.map((child) => child.exited));
      containment.close();
      assert.deepEqual(await native.groupRemove(group.path, Members.wait, 5000), [0]);
    }
    assert.ok(!existsSync(group.path));
    mkdirSync(group.path); // the helper removes it
  });
}

test('a task that has stopped its reaper is stopped all the same', { skip }, async (t) => {
  // Not before the start has come back: until then a stopped reaper is woken.
  const script = 'read go; kill -STOP $PPID; echo ready; sleep 1000';
  const { child, containment, reaperPid } = spawnReaped('/bin/sh', ['-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin?.end('go\n');
  t.after(async () => {
    await containment.killAll(5000);
    containment.close();
  });
  await outputOf(child).has('ready');
  // kill(2) comes back before the signal has been taken.
  await eventually('the reaper is stopped', () => {
    return readFileSync(`/proc/${reaperPid}/stat`, 'utf8').includes(') T ') || undefined;
  });
  const { survivors, status } = await stopContained(child, containment, { steps: [] });
  assert.deepEqual(survivors, []);
  assert.equal(status?.signal, 'SIGKILL');
});

test('a task that stops its reaper with its first act is started and stopped all the same', {
  skip,
}, async () => {
  // It has to be quicker than its reaper, so it is tried some times.
  for (let count = 0; count < fewer(30); count += 1) {
    const { child, containment } = spawnReaped('/bin/sh', ['-c', 'kill -STOP $PPID; sleep 1000'], {
      stdio: 'ignore',
    });
    const { survivors, status } = await stopContained(child, containment, { steps: [] });
    assert.deepEqual(survivors, []);
    assert.equal(status?.signal, 'SIGKILL');
    containment.close();
  }
});
