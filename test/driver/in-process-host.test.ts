import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { parseCgroupMounts } from '../../src/cgroup/cgroup-mounts.ts';
import { InProcessHost } from '../../src/driver/in-process-host.ts';
import type { TaskPlan } from '../../src/driver/task-host.ts';
import { run } from '../../src/process/run.ts';
import { spawn } from '../../src/process/spawn.ts';
import { makeGroup } from '../helpers/cgroup-group.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { eventually } from '../helpers/eventually.ts';
import { children } from '../helpers/leak-guard.ts';
import { untilEnded } from '../helpers/process-end.ts';
import { repoRoot } from '../helpers/repo-root.ts';
import { slowness } from '../helpers/slowness.ts';
import { groupsIn } from '../helpers/task-place.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const plan: TaskPlan = {
  command: '/bin/true',
  args: [],
  env: {},
  cwd: '/',
  stdout: { to: 'nowhere' },
  stderr: { to: 'nowhere' },
};

test('The host says what it can do, and refuses what it cannot.', async () => {
  const host = new InProcessHost();
  assert.deepEqual(host.capabilities, {
    name: 'in-process',
    outlivesSupervisor: false,
    canAdopt: false,
    canPipe: true,
    canLog: false,
  });
  await assert.rejects(host.adopt('a'), { code: 'ERR_NOT_SUPPORTED' });
  await host.close();
});

test('The host keeps a record until it is told to forget it, and no longer.', async () => {
  const host = new InProcessHost();
  const exited = once(host.events, 'exited');
  const started = await host.start('a', plan);
  const [record] = await exited;
  assert.equal(record.state, 'exited');
  assert.deepEqual(await host.status('a'), record);
  assert.deepEqual(record.startedAt, started.startedAt);
  await assert.rejects(host.start('a', plan), { code: 'ERR_TASK_EXISTS' });
  await host.forget('a');
  await assert.rejects(host.status('a'), { code: 'ERR_TASK_UNKNOWN' });
  await assert.rejects(host.forget('a'), { code: 'ERR_TASK_UNKNOWN' });
  await host.close();
});

test('The host does not forget a running task.', async () => {
  const host = new InProcessHost();
  await host.start('a', { ...plan, command: '/bin/sleep', args: ['1000'] });
  await assert.rejects(host.forget('a'), { code: 'ERR_TASK_RUNNING' });
  await host.close();
});

test('A host that was closed refuses everything, and may be closed again.', async () => {
  const host = new InProcessHost();
  await host.close();
  await host.close();
  await assert.rejects(host.start('a', plan), { code: 'ERR_CLOSED' });
  await assert.rejects(host.status('a'), { code: 'ERR_CLOSED' });
});

test('A task that even SIGKILL does not end is told to be stuck, and can be stopped later.', async (t) => {
  const group = makeGroup(t, 'freezer');
  if (group === undefined) {
    return;
  }
  const host = new InProcessHost({ killGraceMs: 50 * slowness ** 2 });
  const { pid } = await host.start('a', {
    ...plan,
    command: '/bin/sleep',
    args: ['1000'],
    cgroup: { v1: { freezer: group.path } },
  });
  const setState = (state: string) => writeFileSync(join(group.path, 'freezer.state'), state);
  setState('FROZEN');
  await assert.rejects(host.stop('a', { steps: [{ signal: 'SIGTERM', graceMs: 1 }] }), {
    code: 'ERR_TASK_STUCK',
    message: new RegExp(
      `^cannot end task "a": even after SIGKILL these of its processes are there: ${pid} [(]sleep, state D.*: sits in a frozen group`,
    ),
  });
  assert.equal((await host.status('a')).state, 'running');
  setState('THAWED');
  // Both signals were waiting; the kernel names the first that found no handler, or the one that ends at once.
  const exit = (await host.stop('a', { steps: [{ signal: 'SIGTERM', graceMs: 0 }] })).exit;
  assert.ok(exit?.signal === 9 || exit?.signal === 15, `it was ended by signal ${exit?.signal}`);
  await host.close();
});

/** Groups of tasks that this process has made, pooled ones too: they are named by its pid. */
function ownGroups(): string[] {
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const parents = mounts.flatMap(({ mountPoint }) =>
    ['raw-exec', 'raw-exec.slice'].map((name) => join(mountPoint, name)),
  );
  return parents
    .flatMap((parent) => groupsIn(existsSync(parent) ? parent : undefined))
    .filter((name) => name.startsWith(`${process.pid}.`));
}

test('A task that is stuck does not keep a closing host from letting go of the others.', async (t) => {
  const frozen = makeGroup(t, 'freezer');
  if (frozen === undefined) {
    return;
  }
  const host = new InProcessHost({ killGraceMs: 50 * slowness ** 2 });
  const sleep = { ...plan, command: '/bin/sleep', args: ['1000'] };
  const { pid } = await host.start('stuck', {
    ...sleep,
    cgroup: { v1: { freezer: frozen.path } },
  });
  const { containment } = await host.start('other', sleep);
  if (containment === 'tree') {
    await host.close();
    t.skip('this process can make no cgroups for tasks');
    return;
  }
  assert.notDeepEqual(ownGroups(), []);
  const setState = (state: string) => writeFileSync(join(frozen.path, 'freezer.state'), state);
  setState('FROZEN');
  try {
    await assert.rejects(host.close(), { code: 'ERR_TASK_STUCK' });
  } finally {
    setState('THAWED');
  }
  assert.deepEqual(ownGroups(), [], 'neither its group nor a pooled one is left');
  await untilEnded(pid);
});

test('Closing a host waits for a start that can no longer be refused, and ends its task.', async () => {
  const host = new InProcessHost({ containment: 'reaper' });
  const before = new Set(children());
  const starting = host.start('late', { ...plan, command: '/bin/sleep', args: ['1000'] });
  // The start goes on by microtasks: this one looks in between.
  for (let turn = 0; turn < 1000 && children().every((pid) => before.has(pid)); turn++) {
    await Promise.resolve();
  }
  assert.ok(
    children().some((pid) => !before.has(pid)),
    'the process is there, and its start has not come back',
  );
  await host.close();
  const { pid } = await starting;
  await untilEnded(pid);
});

test('An unusable option of the host is refused.', () => {
  const code = 'ERR_INVALID_OPTION';
  assert.throws(() => new InProcessHost({ killGraceMs: 0 }), { code, option: 'killGraceMs' });
  const misspelt: object = { killGrace: 5 };
  assert.throws(() => new InProcessHost(misspelt), {
    code,
    message: 'unknown option killGrace. Did you mean killGraceMs?',
  });
});

test('A task writes into a FIFO whose reader comes later, and the reader sees the end of it.', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'log.fifo');
  await run('mkfifo', [path]);
  const { driver, configTask } = await makeDriver(t);
  const script = join(repoRoot, 'test/fixtures/driver/two-lines.sh');
  const goOn = join(folder, 'go-on');
  const config = { command: '/bin/sh', args: [script, goOn] };
  await driver.startTask(configTask(config, { stdoutPath: path }));
  // What was written before waits in the FIFO, because the task itself holds it open.
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => reader.stop({ steps: [] }));
  assert.ok(reader.stdout !== null);
  const [early] = await once(reader.stdout, 'data');
  assert.equal(String(early), 'early\n');
  writeFileSync(goOn, '');
  assert.equal(await text(reader.stdout), 'late\n');
  assert.equal((await driver.waitTask('alloc/task/1')).exitCode, 0);
});

test('A task ends when its supervisor is killed.', async (t) => {
  const script = join(repoRoot, 'test/fixtures/driver/supervisor.mjs');
  const driverFile = new URL('../../src/driver/raw-exec-driver.js', import.meta.url).href;
  const supervisor = spawn(process.execPath, [script, driverFile, temporaryFolder(t)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(supervisor.stdout !== null);
  const [first] = await once(supervisor.stdout, 'data');
  const pid = String(first).trim();
  assert.match(pid, /^[0-9]+$/);
  supervisor.kill('SIGKILL');
  await supervisor.exited;
  await untilEnded(pid);
});

test('A task joins the network namespace that it is given.', async (t) => {
  const own = readlinkSync('/proc/self/ns/net');
  const holder = spawn('unshare', ['--net', 'sleep', '1000'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => holder.stop({ steps: [] }));
  const namespace = await eventually(
    'another network namespace, or the end of who makes it',
    () => {
      if (holder.status !== undefined) {
        return own;
      }
      const link = readlinkSync(`/proc/${holder.pid}/ns/net`);
      return link === own ? undefined : link;
    },
  );
  if (namespace === own) {
    t.skip('this process may not make network namespaces');
    return;
  }
  const { driver, configTask, stdout } = await makeDriver(t);
  const networkNamespace = `/proc/${holder.pid}/ns/net`;
  const config = { command: 'readlink', args: ['/proc/self/ns/net'] };
  await driver.startTask(configTask(config, { networkNamespace }));
  await driver.waitTask('alloc/task/1');
  assert.equal(stdout(), `${namespace}\n`);
});

test('A network namespace that is not there is refused with its path.', async (t) => {
  const { driver, taskDir, configTask } = await makeDriver(t);
  const networkNamespace = join(taskDir, 'none');
  await assert.rejects(driver.startTask(configTask({ command: 'true' }, { networkNamespace })), {
    code: 'ERR_NETWORK_NAMESPACE',
    path: networkNamespace,
  });
});
