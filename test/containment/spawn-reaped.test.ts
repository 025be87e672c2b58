// A task below a reaper: it is started as every other process, and nothing of it gets away.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type ReapedProcess, spawnReaped } from '../../src/containment/spawn-reaped.ts';
import { stopContained, type TaskStopReport } from '../../src/containment/stop-contained.ts';
import { spawn } from '../../src/process/spawn.ts';
import { makeGroup } from '../helpers/cgroup-group.ts';
import { boundProcesses } from '../helpers/containment-modes.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  hostileProgram,
  livingOf,
  markedEnvironment,
  outputOf,
} from '../helpers/hostile-program.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { startProgram } from '../helpers/node-program.ts';
import { isAlive, untilEnded } from '../helpers/process-end.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { spawnErrorOf } from '../helpers/thrown-by.ts';

guardAgainstLeaks();

const isRoot = process.getuid?.() === 0;
const quiet = { stdio: 'ignore' } as const;

/** Ends with the test, however that ends. */
function endWithTest(t: TestContext, reaped: ReapedProcess): ReapedProcess {
  t.after(async () => {
    await reaped.containment.killAll(5000);
    reaped.containment.close();
  });
  return reaped;
}

async function startHostile(
  t: TestContext,
  what: string,
  count = 1,
): Promise<ReapedProcess & { environment: Record<string, string> }> {
  const environment = markedEnvironment();
  const reaped = endWithTest(
    t,
    spawnReaped(hostileProgram(), [what, String(count)], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  await outputOf(reaped.child).has('ready');
  return { ...reaped, environment };
}

test('the exit of the main process is told exactly, and then the end of all', async () => {
  const { child, containment, reaperPid } = spawnReaped('/bin/sh', ['-c', 'exit 7'], quiet);
  const status = await child.exited;
  assert.equal(status.code, 7);
  assert.ok(status.maxRssBytes > 0);
  assert.equal(await containment.whenEmpty(5000), true);
  assert.deepEqual(containment.members(), []);
  await untilEnded(reaperPid);
});

test('a signal that ends the main process is told, and its CPU time', async () => {
  const burn = 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; kill -ABRT $$';
  const { child, containment } = spawnReaped('/bin/sh', ['-c', burn], quiet);
  const status = await child.exited;
  assert.equal(status.signal, 'SIGABRT');
  assert.ok(status.userCpuMs + status.systemCpuMs > 0);
  await containment.whenEmpty(5000);
});

test('a task is not empty before its last process has ended', async (t) => {
  const { child, containment } = await startHostile(t, 'leave');
  child.kill('SIGTERM');
  assert.equal((await child.exited).signal, 'SIGTERM');
  assert.equal(containment.isEmpty(), false);
  assert.equal(containment.members().length, 3);
  assert.equal(await containment.whenEmpty(1), false);
  const { killed, survivors } = await containment.killAll(5000);
  assert.deepEqual({ killed, survivors }, { killed: 3, survivors: [] });
  assert.equal(containment.isEmpty(), true);
});

test('streams, directory, environment, limits and arguments are as with spawn', async () => {
  const { child, containment } = spawnReaped(
    'sh',
    ['-c', 'echo "$0 $1 $WHAT $PWD"; ulimit -n; cat', 'a b'],
    {
      cwd: '/tmp',
      env: { WHAT: 'env', PATH: '/usr/bin:/bin' },
      resourceLimits: { nofile: 77 },
    },
  );
  const told = outputOf(child);
  child.stdin?.end('fed\n');
  assert.equal((await child.exited).code, 0);
  await told.has('fed');
  assert.equal(told.text(), 'a b  env /tmp\n77\nfed\n');
  await containment.whenEmpty(5000);
});

test('a user and its groups are taken on, and the reaper stays who we are', {
  skip: !isRoot && 'needs root',
}, async (t) => {
  const reaped = endWithTest(
    t,
    spawnReaped('/bin/sh', ['-c', 'id -u; id -g; id -G; exec sleep 1000'], {
      user: 65_534,
      group: 65_534,
      groups: [],
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const told = outputOf(reaped.child);
  await told.has('\n', 3);
  assert.equal(told.text(), '65534\n65534\n65534\n');
  assert.match(readFileSync(`/proc/${reaped.reaperPid}/status`, 'utf8'), /^Uid:\t0\t/m);
});

test('what cannot be started fails with the errors of spawn, and nothing is left', async () => {
  const attempts: readonly [string, Parameters<typeof spawnReaped>[2]][] = [
    ['/no/such/program', quiet],
    ['/etc', quiet],
    ['/bin/true', { ...quiet, cwd: '/no/such/folder' }],
    ['/bin/true', { ...quiet, networkNamespace: '/no/such/namespace' }],
    ['/bin/true', { ...quiet, cgroup: '/no/such/group' }],
    ['/bin/true', { stdio: ['ignore', 999, 'ignore'] }],
  ];
  for (const [command, options = {}] of attempts) {
    const expected = spawnErrorOf(() => spawn(command, [], options));
    const actual = spawnErrorOf(() => spawnReaped(command, [], options));
    const facts = (error: object): object => ({ ...error, message: String(error) });
    assert.deepEqual(facts(actual), facts(expected), command);
  }
});

test('a program that does not begin in time is killed, and the step is told', {
  skip: !isRoot && 'needs root to make a group',
}, async (t) => {
  const group = makeGroup(t, 'freezer');
  if (group === undefined) return;
  // A child that joins a frozen v1 group stops there, and not even SIGKILL ends it before the thaw.
  writeFileSync(join(group.path, 'freezer.state'), 'FROZEN');
  const start = (): unknown =>
    spawnReaped('/bin/true', [], {
      ...quiet,
      // Long enough to get as far as the group on a busy machine.
      execDeadlineMs: 1000,
      cgroup: { v1: { freezer: group.path } },
    });
  try {
    assert.throws(start, { code: 'ERR_STUCK_BEFORE_EXEC' });
  } finally {
    writeFileSync(join(group.path, 'freezer.state'), 'THAWED');
  }
});

test('a reaper waits with less than 200 kB, a handful of descriptors, in the root directory', async (t) => {
  const { reaperPid } = endWithTest(t, spawnReaped('sleep', ['1000'], quiet));
  const rollup = readFileSync(`/proc/${reaperPid}/smaps_rollup`, 'utf8');
  const kilobytes = (key: string): number =>
    Number(new RegExp(`^${key}: +(\\d+) kB`, 'm').exec(rollup)?.[1] ?? Number.NaN);
  t.diagnostic(`Rss ${kilobytes('Rss')} kB, Pss ${kilobytes('Pss')} kB`);
  assert.ok(kilobytes('Rss') <= 200, rollup);
  await eventually('the reaper waits', () =>
    readdirSync(`/proc/${reaperPid}/fd`).length <= 4 ? true : undefined,
  );
  const stat = readFileSync(`/proc/${reaperPid}/stat`, 'utf8').split(' ');
  assert.deepEqual([stat[4], stat[5]], [String(reaperPid), String(reaperPid)], 'its own session');
});

for (const what of ['regroup', 'resession']) {
  test(`a bomb that changes its ${what === 'regroup' ? 'group' : 'session'} at each fork is gone, or listed`, {
    skip: !isRoot && 'needs root to keep it in bounds',
  }, async (t) => {
    const { cgroup } = boundProcesses(t);
    const group = cgroup?.v1?.['pids'] ?? cgroup?.v2;
    if (cgroup === undefined || group === undefined) {
      t.skip('this needs a pids controller, to let the bomb die in the end');
      return;
    }
    const environment = markedEnvironment();
    const { child, containment } = spawnReaped(hostileProgram(), [what], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
      cgroup,
    });
    await outputOf(child).has('ready');
    await eventually('the bomb has gone off', () => {
      const processes = Number(readFileSync(join(group, 'pids.current'), 'utf8'));
      return processes > 20 || undefined;
    });
    const report = await stopContained(child, containment, { steps: [], killGraceMs: 15_000 });
    t.diagnostic(`${report.killed} killed in ${report.steps[0]?.waitedMs} ms`);
    if (report.isStuck) {
      for (const survivor of report.survivors) assert.equal(survivor.reason, 'escaping');
      // It is let die by its want of processes: nothing may be left for the machine.
      writeFileSync(join(group, 'pids.max'), '0');
      await containment.killAll(10_000);
    }
    assert.deepEqual(livingOf(environment), []);
  });
}

test('a main process that kills its reaper ends itself, and its end is unknown, not invented', async (t) => {
  const kill = 'read line; kill -KILL $PPID; while :; do :; done';
  const { child, containment } = spawnReaped('/bin/sh', ['-c', kill], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  t.after(() => containment.close());
  child.stdin?.end('now\n');
  const status = await child.exited;
  assert.deepEqual([status.code, status.signal], [null, null]);
  await untilEnded(child.pid);
});

test('a descendant that has become another user is listed as a survivor of an unprivileged stop', {
  skip: !isRoot && 'needs root to make a set-user-ID program',
}, async (t) => {
  const program = join(temporaryFolder(t), 'owner');
  copyFileSync(hostileProgram(), program);
  chmodSync(program, 0o4755);
  const supervisor = startProgram('unprivileged-reaped.mjs', [
    moduleUrl('containment/spawn-reaped'),
    moduleUrl('containment/stop-contained'),
    program,
  ]);
  let told = '';
  supervisor.stdout?.on('data', (piece: Buffer) => {
    told += piece.toString();
  });
  const line = await eventually('a report', () => /^.*\n/.exec(told)?.[0]);
  const report = JSON.parse(line) as TaskStopReport & { isEmpty: boolean };
  const [survivor] = report.survivors;
  assert.ok(survivor);
  // eslint-disable-next-line no-restricted-syntax -- it was told just now, and nobody else can end it
  process.kill(survivor.pid, 'SIGKILL');
  await once(supervisor, 'exit');
  assert.equal(report.isStuck, true);
  assert.equal(report.isEmpty, false);
  assert.equal(report.survivors.length, 1);
  assert.deepEqual([survivor.reason, survivor.command], ['notPermitted', 'owner']);
  assert.equal(report.status?.signal, 'SIGKILL', 'the main process has ended');
  assert.equal(told, `${line}{"isEmpty":true}\n`);
});

test('options that a reaper cannot keep are refused', () => {
  const refused = (options: object, option: string): void => {
    assert.throws(() => spawnReaped('true', [], options), { code: 'ERR_INVALID_OPTION', option });
  };
  refused({ parentDeathSignal: 'SIGKILL' }, 'parentDeathSignal');
  refused({ processGroup: 'inherit' }, 'processGroup');
  refused({ processGroup: 4 }, 'processGroup');
  refused({ onSupervisorExit: 'stop' }, 'onSupervisorExit');
});

test('when a worker thread ends, its tasks end with it if so asked, and its tasks that are kept go on', async (t) => {
  const environments = { kill: markedEnvironment(), keep: markedEnvironment() };
  t.after(() => {
    // eslint-disable-next-line no-restricted-syntax -- found by their environment just now; their reaper is nobody's child
    for (const pid of livingOf(environments.keep)) process.kill(pid, 'SIGKILL');
  });
  const worker = new Worker(fixture('reaped-worker.mjs'), {
    workerData: {
      reapedUrl: moduleUrl('containment/spawn-reaped'),
      program: hostileProgram(),
      environments,
    },
  });
  await once(worker, 'message');
  assert.equal(livingOf(environments.kill).length, 4);
  await worker.terminate();
  await eventually('nothing is left', () => livingOf(environments.kill).length === 0 || undefined);
  assert.equal(livingOf(environments.keep).length, 4);
});

test('a reaper without anybody who waits for it does not hold the program', async () => {
  const environment = markedEnvironment();
  const program = startProgram('reaped-and-gone.mjs', [
    moduleUrl('containment/spawn-reaped'),
    hostileProgram(),
    JSON.stringify(environment),
  ]);
  const [code] = (await once(program, 'exit')) as [number | null];
  assert.equal(code, 0);
  await eventually('nothing is left', () => livingOf(environment).length === 0 || undefined);
});

for (const wish of ['keep', 'kill'] as const) {
  test(`when the supervisor is killed, "${wish}" ${wish === 'kill' ? 'ends everything' : 'lets the task go on'}`, async (t) => {
    const environment = markedEnvironment();
    const program = startProgram('reaped-supervisor.mjs', [
      moduleUrl('containment/spawn-reaped'),
      hostileProgram(),
      wish,
      JSON.stringify(environment),
    ]);
    const ended = new Promise((resolve) => program.once('exit', resolve));
    let told = '';
    program.stdout?.on('data', (piece: Buffer) => {
      told += piece.toString();
    });
    const pids = await eventually('the task is up', () => /^(\d+) (\d+)\n/.exec(told) ?? undefined);
    const reaperPid = Number(pids[2]);
    const living = livingOf(environment);
    assert.ok(living.length >= 4);
    t.after(() => {
      // eslint-disable-next-line no-restricted-syntax -- found by their environment just now; they are nobody's children
      for (const pid of livingOf(environment)) process.kill(pid, 'SIGKILL');
    });
    program.kill('SIGKILL');
    await ended;
    if (wish === 'kill') {
      await eventually('nothing is left', () => livingOf(environment).length === 0 || undefined);
    } else {
      assert.equal(isAlive(reaperPid), true);
      assert.deepEqual(livingOf(environment), living);
      // eslint-disable-next-line no-restricted-syntax -- found by their environment just now; they are nobody's children
      for (const pid of living) process.kill(pid, 'SIGKILL');
    }
    await untilEnded(reaperPid);
  });
}
