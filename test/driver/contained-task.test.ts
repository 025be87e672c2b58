// Tasks of the in-process host and what holds them together: a cgroup of their own, or a reaper.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { findTaskPlace, releaseTaskPlace } from '../../src/cgroup/task-place.ts';
import { InProcessHost } from '../../src/driver/in-process-host.ts';
import { KeeperHost } from '../../src/driver/keeper-host.ts';
import { RawExecDriver } from '../../src/driver/raw-exec-driver.ts';
import type { DriverTask, TaskEvent } from '../../src/driver/task.ts';
import type { TaskPlan } from '../../src/driver/task-host.ts';
import { makeGroup } from '../helpers/cgroup-group.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { keeperFolder } from '../helpers/keeper-folder.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';
import { slowness } from '../helpers/slowness.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const found = await findTaskPlace();
const place = 'none' in found ? undefined : found;
if (place !== undefined) await releaseTaskPlace(place);
/** Directories that hold the groups of tasks, one for each hierarchy. */
const parents = [place?.parent.v2, ...(place?.parent.v1 ?? []).map((one) => one.directory)].filter(
  (parent) => parent !== undefined,
);
const noGroups = place === undefined ? 'this process cannot make cgroups for tasks' : false;
const noMemory = place?.controllers.includes('memory') === true ? false : 'no memory controller';

interface Fixture {
  readonly driver: RawExecDriver;
  readonly events: TaskEvent[];
  task(script: string, changes?: Partial<DriverTask>): DriverTask;
  fact(key: string): Promise<string>;
}

type Way = 'auto' | 'cgroup' | 'reaper';
/** Hosts, and what holds their tasks together. */
const ways = ['cgroup', 'reaper', 'keeper, cgroup', 'keeper, reaper'] as const;

async function makeFixture(t: TestContext, way: Way | `keeper, ${Way}`): Promise<Fixture> {
  const taskDir = temporaryFolder(t);
  const isKept = way.startsWith('keeper');
  const containment = way.replace('keeper, ', '') as Way;
  const host = isKept
    ? new KeeperHost({ stateDirectory: keeperFolder(t), containment })
    : new InProcessHost({ containment });
  const driver = await RawExecDriver.create({ config: { enabled: true }, host });
  const events: TaskEvent[] = [];
  driver.on('taskEvent', (event) => events.push(event));
  cleanUp(t, async () => {
    // Tasks of a host that outlives us have to be ended by hand.
    const started = events.filter(({ kind }) => kind === 'started').map(({ taskId }) => taskId);
    if (isKept) for (const one of started) await driver.destroyTask(one, { force: true });
    await driver.close();
  });
  const stdoutPath = `${taskDir}/out`;
  return {
    driver,
    events,
    task: (script, changes = {}) => ({
      id: 'alloc/task/1',
      name: 'task',
      driverConfig: { command: '/bin/sh', args: ['-c', script] },
      env: { PATH: process.env['PATH'] ?? '' },
      taskDir,
      stdoutPath,
      ...changes,
    }),
    fact: (key) =>
      eventually(`a line ${key}=`, () => {
        const text = existsSync(stdoutPath) ? readFileSync(stdoutPath, 'utf8') : '';
        return new RegExp(`^${key}=(.*)\n`, 'm').exec(text)?.[1];
      }),
  };
}

/** A plan for the host itself. */
/** Names of the groups below `parent` that this process has made. */
function ownGroups(parent: string): readonly string[] {
  const names = existsSync(parent) ? readdirSync(parent) : [];
  return names.filter((name) => name.startsWith(`${process.pid}.`));
}

function sleeper(cwd: string): TaskPlan {
  const nowhere = { to: 'nowhere' } as const;
  return { command: '/bin/sleep', args: ['1000'], env: {}, cwd, stdout: nowhere, stderr: nowhere };
}

const id = 'alloc/task/1';
/** Leaves session, process group and parent behind, as daemons do, and ignores what can be ignored. */
const daemon =
  'setsid sh -c \'trap "" INT TERM HUP; sh -c "trap \\"\\" INT TERM HUP; echo daemon=\\$\\$; while :; do sleep 1000; done" &\' & wait; sleep 1000';

for (const containment of ways) {
  const skip = containment.endsWith('cgroup') && noGroups;

  test(`A daemon does not outlive the stop of its task (${containment}).`, { skip }, async (t) => {
    const { driver, task, fact } = await makeFixture(t, containment);
    await driver.startTask(task(daemon));
    const pid = await fact('daemon');
    assert.ok(isAlive(pid));
    const status = await driver.stopTask(id, { timeoutMs: 1 });
    assert.equal(status.exit?.reason, 'stopped');
    assert.ok(!isAlive(pid), 'the stop has waited for it');
  });

  test(`What an ended main process left behind goes when the task is destroyed (${containment}).`, {
    skip,
  }, async (t) => {
    const { driver, task, fact } = await makeFixture(t, containment);
    await driver.startTask(task('setsid sleep 1000 & echo left=$!'));
    assert.equal((await driver.waitTask(id)).reason, 'exited');
    const pid = await fact('left');
    assert.ok(isAlive(pid));
    await driver.destroyTask(id);
    await untilEnded(pid);
  });

  test(`A signal reaches every process of a task (${containment}).`, { skip }, async (t) => {
    const { driver, task, fact } = await makeFixture(t, containment);
    const child = 'trap "echo child=USR1; exit" USR1; echo ready=1; while :; do sleep 0.01; done';
    await driver.startTask(
      task(
        `trap "echo main=RT; exit 9" 36; setsid sh -c '${child}' & while :; do sleep 0.01; done`,
      ),
    );
    await fact('ready');
    await driver.signalTask(id, 'SIGRTMIN+2', 'main');
    assert.equal(await fact('main'), 'RT');
    assert.equal((await driver.waitTask(id)).exitCode, 9);
    await driver.signalTask(id, 'SIGUSR1', 'cgroup');
    assert.equal(await fact('child'), 'USR1');
    await assert.rejects(driver.signalTask(id, 'SIGTERM'), { code: 'ERR_TASK_NOT_RUNNING' });
  });

  test(`A ladder of several steps is taken in turn (${containment}).`, { skip }, async (t) => {
    const { driver, task, fact, events } = await makeFixture(t, containment);
    await driver.startTask(
      task(
        'trap "echo first=HUP" HUP; trap "echo second=TERM; exit 5" TERM; echo ready=1; while :; do sleep 0.01; done',
      ),
    );
    await fact('ready');
    // A shell that gets the second signal while it begins with the first one's trap leaves that.
    const graceMs = 50 * slowness;
    const steps = [
      { signal: 'SIGHUP', graceMs },
      { signal: 'SIGTERM', to: 'cgroup', graceMs: 60_000 },
    ] as const;
    const status = await driver.stopTask(id, { steps });
    assert.equal(status.exit?.exitCode, 5);
    assert.equal(await fact('first'), 'HUP');
    const stopping = events.find(({ kind }) => kind === 'stopping');
    assert.equal(
      stopping?.message,
      `Sending SIGHUP, after ${graceMs} ms SIGTERM to all of its processes, after 60000 ms SIGKILL to everything`,
    );
  });

  test(`Usage is told of all processes of a task (${containment}).`, { skip }, async (t) => {
    const { driver, task, fact } = await makeFixture(t, containment);
    // The group's counters come in batches of 32 pages per CPU before Linux 5.13: the shell holds more than those.
    const hold = 'held=$(head -c 1000000 /dev/zero | tr "\\0" x)';
    await driver.startTask(task(`${hold}; setsid sleep 1000 & echo child=$!; sleep 1000; :`));
    const child = Number(await fact('child'));
    const usage = await eventually('both processes in the usage', async () => {
      const now = await driver.taskStats(id);
      return now.processes.some(({ pid }) => pid === child) ? now : undefined;
    });
    assert.equal(usage.measuredBy, containment.endsWith('cgroup') ? 'cgroup' : 'processes');
    assert.ok(usage.rssBytes > 0);
  });
}

for (const containment of ways) {
  const skip = containment.endsWith('cgroup') && noGroups;

  test(`What a command beside a task leaves behind does not outlive the task (${containment}).`, {
    skip,
  }, async (t) => {
    const { driver, task } = await makeFixture(t, containment);
    await driver.startTask(task('sleep 1000'));
    const script = 'setsid sleep 60 >/dev/null 2>&1 & echo $!';
    const { output } = await driver.execTask(id, ['/bin/sh', '-c', script]);
    const pid = String(output).trim();
    assert.ok(isAlive(pid));
    assert.ok((await driver.taskStats(id)).processes.some((one) => String(one.pid) === pid));
    await driver.stopTask(id, { timeoutMs: 0 });
    assert.ok(!isAlive(pid), 'the stop has waited for it');
  });

  test(`A command beside a task is ended at its deadline with what it has started (${containment}).`, {
    skip,
  }, async (t) => {
    const { driver, task } = await makeFixture(t, containment);
    await driver.startTask(task('sleep 1000'));
    const script = 'sleep 1000 & echo $!; wait';
    const command = ['/bin/sh', '-c', script] as const;
    const { output, isTimedOut } = await driver.execTask(id, command, {
      // Until then the shell has begun.
      timeoutMs: 1000 + 250 * slowness,
    });
    assert.ok(isTimedOut);
    await untilEnded(String(output).trim());
    assert.equal((await driver.inspectTask(id)).state, 'running');
  });
}

test('SIGKILL that was sent to the process group of a task is no OOM kill, though a child was killed by one before.', {
  skip: noGroups || noMemory,
}, async (t) => {
  const { driver, task, fact } = await makeFixture(t, 'cgroup');
  const limits = { memoryMaxBytes: 32 << 20, swapMaxBytes: 0 };
  await driver.startTask(task('tail /dev/zero; echo child=gone; sleep 1000', { limits }));
  await fact('child');
  await driver.signalTask(id, 'SIGKILL', 'group');
  const exit = await driver.waitTask(id);
  assert.equal(exit.signal, 9);
  assert.ok((exit.oomKills ?? 0) >= 1);
  assert.equal(exit.isOomKilled, false);
});

test('A task without cores is kept off the CPUs of one that has them, in either version of cpuset.', {
  skip: noGroups,
}, async (t) => {
  if (place?.controllers.includes('cpuset') !== true) {
    t.skip('no cpuset controller');
    return;
  }
  const { driver, task, fact } = await makeFixture(t, 'cgroup');
  await driver.startTask(task('echo main=$$; sleep 1000'));
  const pid = await fact('main');
  const allowed = (): string =>
    /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  const before = allowed();
  if (!before.startsWith('0-')) {
    t.skip('this host has too few CPUs');
    return;
  }
  await driver.startTask(task('sleep 1000', { id: 'own', limits: { cores: 1 } }));
  assert.doesNotMatch(allowed(), /^0/);
  await driver.destroyTask('own', { force: true });
  assert.equal(allowed(), before);
});

test('A task that cannot be ended does not keep a host that is closed from letting go of the others.', {
  skip: noGroups,
}, async (t) => {
  const foreign = makeGroup(t, 'freezer');
  if (foreign === undefined) return;
  const state = `${foreign.path}/freezer.state`;
  const taskDir = temporaryFolder(t);
  const host = new InProcessHost({ containment: 'cgroup', killGraceMs: 400 * slowness });
  const plan = sleeper(taskDir);
  const { pid } = await host.start('stuck', plan);
  const other = await host.start('other', plan);
  const groupsOf = (one: number): readonly string[] =>
    readFileSync(`/proc/${one}/cgroup`, 'utf8').split('\n');
  const own = groupsOf(pid).find((line) => line.includes('raw-exec')) ?? '';
  const name = own.slice(own.lastIndexOf('/') + 1);
  // So that there is a pool to be let go of.
  // A group is in the hierarchies that the task needs, not in each that is there.
  await eventually(
    'the pool is filled',
    () => parents.some((parent) => ownGroups(parent).length >= 3) || undefined,
  );
  writeFileSync(`${foreign.path}/cgroup.procs`, String(pid));
  try {
    await eventually('it is frozen', () => {
      // Again and again: whom the kernel has missed it does not try by itself a second time.
      writeFileSync(state, 'FROZEN');
      return /FROZEN/.test(readFileSync(state, 'utf8')) || undefined;
    });
    await assert.rejects(host.close(), { code: 'ERR_TASK_STUCK' });
  } finally {
    writeFileSync(state, 'THAWED');
  }
  await untilEnded(pid);
  assert.ok(!isAlive(other.pid));
  for (const parent of parents) {
    assert.deepEqual(
      ownGroups(parent).filter((entry) => entry !== name),
      [],
    );
  }
  // What was stuck has ended by now: its groups and the parents are removed as a later host would.
  for (const parent of parents) {
    for (const group of ownGroups(parent)) rmdirSync(`${parent}/${group}`);
  }
  if (place !== undefined) await releaseTaskPlace(place);
});

test('A host that is closed while a task starts leaves neither the task nor its group behind.', {
  skip: noGroups,
}, async (t) => {
  const plan = sleeper(temporaryFolder(t));
  // The close comes so many steps of the event queue after the start: one of them falls between the process and its task.
  for (let steps = 0; steps < 10; steps += 1) {
    const host = new InProcessHost({ containment: 'cgroup', poolSize: 0 });
    await host.start('first', plan);
    const started = host.start('second', plan).catch(() => undefined);
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
    await host.close();
    const record = await started;
    if (record !== undefined) assert.ok(!isAlive(record.pid), `after ${steps} steps`);
    for (const parent of parents) assert.deepEqual(ownGroups(parent), [], `after ${steps} steps`);
  }
});

test('A command beside a task runs in its group, or in one of its own below that.', {
  skip: noGroups,
}, async (t) => {
  const { driver, task } = await makeFixture(t, 'cgroup');
  await driver.startTask(task('sleep 1000'));
  const { output } = await driver.execTask(id, ['/bin/cat', '/proc/self/cgroup']);
  const own = readFileSync(
    `/proc/${(await driver.inspectTask(id)).attributes['pid']}/cgroup`,
    'utf8',
  );
  const lines = String(output).split('\n');
  const places = own.split('\n');
  assert.equal(lines.length, places.length);
  const isElsewhere = (line: string, at: number): boolean =>
    line !== places[at] && !line.startsWith(`${places[at] ?? ''}/x-`);
  assert.deepEqual(lines.filter(isElsewhere), []);
  assert.ok(lines.some((line) => line.includes('/x-')));
});

test('A task that uses more memory than it may is killed, and its end says so.', {
  skip: noGroups || noMemory,
}, async (t) => {
  const { driver, task, events } = await makeFixture(t, 'cgroup');
  const limits = { memoryMaxBytes: 32 << 20, swapMaxBytes: 0 };
  const hungry = ['-e', 'const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));'];
  const driverConfig = { command: process.execPath, args: hungry };
  await driver.startTask(task('', { limits, driverConfig }));
  const exit = await driver.waitTask(id);
  assert.equal(exit.signal, 9);
  assert.equal(exit.isOomKilled, true);
  assert.equal(exit.reason, 'oomKilled');
  assert.ok((exit.oomKills ?? 0) >= 1);
  const told = events.find(({ kind }) => kind === 'exited');
  assert.match(told?.message ?? '', /for want of memory/);
  assert.equal(told?.annotations['oom_killed'], 'true');
});

test('Limits are shown as the kernel has them, and can be changed while the task runs.', {
  skip: noGroups || noMemory,
}, async (t) => {
  const { driver, task } = await makeFixture(t, 'cgroup');
  await driver.startTask(task('sleep 1000', { limits: { memoryMaxBytes: 64 << 20 } }));
  const memoryLimit = async (): Promise<string | undefined> =>
    (await driver.inspectTask(id)).limits?.find(({ option }) => option === 'memoryMaxBytes')?.value;
  assert.equal(await memoryLimit(), String(64 << 20));
  await driver.updateTask(id, { memoryMaxBytes: 48 << 20 });
  assert.equal(await memoryLimit(), String(48 << 20));
  await assert.rejects(driver.updateTask(id, { memoryMaxBytes: -5 }), {
    message: /memoryMaxBytes/,
  });
});

test("What a job's resources imply and the host cannot give is told, and the task runs.", async (t) => {
  const { driver, task, events } = await makeFixture(t, 'reaper');
  await driver.startTask(task('exit 0', { resources: { cpu: 100, memoryMb: 10 } }));
  await driver.waitTask(id);
  const told = events.filter(({ kind }) => kind === 'limitNotApplied');
  assert.deepEqual(told.map(({ annotations }) => annotations['limit']).sort(), [
    'cpuShares',
    'memoryMaxBytes',
  ]);
});

test('A limit that was asked for and cannot be had fails the start.', async (t) => {
  const { driver, task } = await makeFixture(t, 'reaper');
  await assert.rejects(driver.startTask(task('exit 0', { limits: { pidsMax: 5 } })), {
    code: 'ERR_LIMIT_UNSUPPORTED',
    message: /^the limit pidsMax cannot be had: .*raw-exec doctor/,
  });
});

for (const way of ['auto', 'keeper, auto'] as const) {
  test(`A stranger in a group that the configuration names survives the stop of a task there (${way}).`, async (t) => {
    const group = makeGroup(t, place?.mode === 'v2' ? undefined : 'pids');
    if (group === undefined) return;
    const { driver, task, fact } = await makeFixture(t, way);
    const key = place?.mode === 'v2' ? 'cgroup_v2_override' : 'cgroup_v1_override';
    const value = key === 'cgroup_v2_override' ? group.path : [{ pids: group.path }];
    const stranger = task('echo stranger=$$; exec sleep 1000', { id: 'stranger' });
    const config = stranger.driverConfig as object;
    await driver.startTask({ ...stranger, driverConfig: { ...config, [key]: value } });
    const strangerPid = await fact('stranger');
    const other = task(daemon);
    await driver.startTask({
      ...other,
      driverConfig: { ...(other.driverConfig as object), [key]: value },
    });
    const pid = await fact('daemon');
    const { exit } = await driver.stopTask(id, { timeoutMs: 1 });
    assert.ok(!isAlive(pid));
    assert.ok(isAlive(strangerPid));
    assert.equal(exit?.isOomKilled, false);
    await driver.stopTask('stranger', { timeoutMs: 0 });
  });
}

test('Nothing is left of the groups of a host that was closed.', { skip: noGroups }, async (t) => {
  const { driver, task } = await makeFixture(t, 'cgroup');
  await driver.startTask(task('sleep 1000'));
  const pid = (await driver.inspectTask(id)).attributes['pid'] ?? '';
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .filter((line) => line.includes('raw-exec'))
    .map((line) => line.slice(line.lastIndexOf(':') + 1));
  assert.ok(groups.length > 0);
  await driver.close();
  const mounts = [place?.parent.v2, ...(place?.parent.v1.map(({ directory }) => directory) ?? [])];
  for (const group of groups) {
    const name = group.slice(group.lastIndexOf('/') + 1);
    for (const mount of mounts) assert.ok(!existsSync(`${mount}/${name}`), `${mount}/${name}`);
  }
});

test('Unusable limits, resources, steps and options are refused.', async (t) => {
  const { driver, task } = await makeFixture(t, 'auto');
  const start = (changes: object): Promise<unknown> => driver.startTask(task('exit 0', changes));
  const code = 'ERR_INVALID_OPTION';
  await assert.rejects(start({ limits: 5 }), { code, option: 'limits' });
  await assert.rejects(start({ resources: { cpu: -1 } }), { code, option: 'resources' });
  await assert.rejects(start({ limits: { pidMax: 5 } }), { message: /pidsMax/ });
  const reaped = await makeFixture(t, 'reaper');
  const misnamed: object = { limits: { pidMax: 5 } };
  const startReaped = reaped.driver.startTask(reaped.task('exit 0', misnamed));
  await assert.rejects(startReaped, { message: /pidsMax/ });
  await driver.startTask(task('sleep 1000'));
  const stop = (options: object): Promise<unknown> => driver.stopTask(id, options);
  await assert.rejects(stop({ steps: [{ signal: 'SIGTREM' }] }), { code: 'ERR_SIGNAL_UNKNOWN' });
  await assert.rejects(stop({ steps: [{}] }), { code, option: 'steps[0].signal' });
  await assert.rejects(stop({ steps: [{ signal: 'SIGHUP', to: 'all' }] }), {
    code,
    message: "steps[0].to must be 'main', 'group' or 'cgroup', got \"all\"",
  });
  await assert.rejects(stop({ steps: [], timeoutMs: 5 }), { code, option: 'steps' });
  const misspelt: object = { containment: 'cgroups' };
  assert.throws(() => new InProcessHost(misspelt), { code, option: 'containment' });
});
