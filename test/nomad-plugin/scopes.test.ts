// Tasks in the groups that Nomad's client makes: started there, taken over there, and never beside what another driver has left there.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { encode } from '@msgpack/msgpack';
import { driverHandlers } from '../../src/nomad-plugin/driver-service.ts';
import { Plugin } from '../../src/nomad-plugin/plugin.ts';
import { PluginLog } from '../../src/nomad-plugin/plugin-log.ts';
import {
  RecoverTaskRequestSchema,
  StartTaskRequestSchema,
  type TaskConfig,
  TaskConfigSchema,
  type TaskHandle,
  TaskHandleSchema,
} from '../../src/nomad-plugin/wire/driver_pb.ts';
import { makeGroup, mountOf } from '../helpers/cgroup-group.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { ignoringClosed } from '../helpers/driver-task.ts';
import { keeperFolder } from '../helpers/keeper-folder.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const call = { signal: new AbortController().signal };
const allocId = 'b1946ac9-4925-0e1d-8c4c-1c0f6f0fb2f8';

/** One instance of the plugin: the handlers of its services, in this process. */
function openPlugin(t: TestContext, stateDirectory: string) {
  const log = new PluginLog('raw_exec', () => undefined);
  const plugin = new Plugin({ name: 'raw_exec', stateDirectory, log });
  plugin.configure(encode({ enabled: true }));
  cleanUp(t, () => plugin.close());
  return { plugin, ...driverHandlers(plugin) };
}

type Instance = ReturnType<typeof openPlugin>;

function taskIn(t: TestContext, cpusetCgroup: string, start: string): TaskConfig {
  const allocDir = temporaryFolder(t);
  mkdirSync(join(allocDir, 'web', 'local'), { recursive: true });
  return create(TaskConfigSchema, {
    id: `${allocId}/web/${start}`,
    name: 'web',
    allocId,
    allocDir,
    msgpackDriverConfig: encode({ command: 'sleep', args: ['1000'] }),
    env: { PATH: process.env['PATH'] ?? '' },
    stdoutPath: '/dev/null',
    stderrPath: '/dev/null',
    resources: { linuxResources: { cpusetCgroup } },
  });
}

async function startTask(
  t: TestContext,
  instance: Instance,
  task: TaskConfig,
): Promise<TaskHandle> {
  const { handle } = await instance.startTask(create(StartTaskRequestSchema, { task }), call);
  cleanUp(t, async () => {
    const driver = await instance.plugin.driver();
    await ignoringClosed(driver.destroyTask(task.id, { force: true }));
  });
  return create(TaskHandleSchema, handle);
}

function membersOf(group: string): readonly number[] {
  const text = readFileSync(join(group, 'cgroup.procs'), 'utf8');
  return text.split('\n').filter(Boolean).map(Number);
}

async function pidOf(instance: Instance, taskId: string): Promise<number> {
  const { driver } = await instance.inspectTask({ taskId } as never, call);
  return Number(driver?.attributes?.['pid']);
}

/** What another driver has left: a process in the group that nobody looks after. */
function leaveSleeper(t: TestContext, group: string): ChildProcess {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  cleanUp(t, () => child.kill('SIGKILL'));
  writeFileSync(join(group, 'cgroup.procs'), String(child.pid));
  return child;
}

/** A scope of version 2, as Nomad's client makes it. */
function makeScope(t: TestContext): string | undefined {
  const parent = makeGroup(t);
  if (parent === undefined) return undefined;
  const path = join(parent.path, `${allocId}.web.scope`);
  mkdirSync(path);
  cleanUp(t, () => rmdirSync(path));
  return path;
}

test('A task runs in its scope, and another instance takes it over there with its exact end.', async (t) => {
  const stateDirectory = keeperFolder(t);
  const scope = makeScope(t);
  if (scope === undefined) return;
  const first = openPlugin(t, stateDirectory);
  const task = taskIn(t, scope, '11111111');
  const handle = await startTask(t, first, task);
  const pid = await pidOf(first, task.id);
  assert.deepEqual(membersOf(scope), [pid]);
  assert.ok(handle.driverState.length < 100, 'what Nomad keeps is small');
  await first.plugin.close();

  const second = openPlugin(t, stateDirectory);
  await second.recoverTask(create(RecoverTaskRequestSchema, { taskId: task.id, handle }), call);
  assert.equal(await pidOf(second, task.id), pid);
  const ended = Promise.resolve(second.waitTask({ taskId: task.id } as never, call));
  await second.signalTask({ taskId: task.id, signal: 'SIGUSR1' } as never, call);
  const { result } = await ended;
  assert.deepEqual([result?.exitCode, result?.signal], [128 + 10, 10]);
  await second.destroyTask({ taskId: task.id, force: true } as never, call);
  assert.ok(existsSync(scope), 'the scope is its maker’s to remove');
});

test('A task of another driver is not recovered; destroyed, nothing of it is left in its scope.', async (t) => {
  const stateDirectory = keeperFolder(t);
  const scope = makeScope(t);
  if (scope === undefined) return;
  const instance = openPlugin(t, stateDirectory);
  const task = taskIn(t, scope, '22222222');
  const child = leaveSleeper(t, scope);
  const handle = create(TaskHandleSchema, {
    config: task,
    driverState: encode({ Pid: child.pid }),
  });
  await assert.rejects(
    async () =>
      instance.recoverTask(create(RecoverTaskRequestSchema, { taskId: task.id, handle }), call),
    { message: /another driver has started it/ },
  );
  assert.deepEqual(membersOf(scope), [child.pid]);
  const ended = once(child, 'exit');
  await instance.destroyTask({ taskId: task.id, force: true } as never, call);
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  assert.deepEqual(membersOf(scope), []);
});

test('What is left in a scope ends before a task starts there.', async (t) => {
  const stateDirectory = keeperFolder(t);
  const scope = makeScope(t);
  if (scope === undefined) return;
  const instance = openPlugin(t, stateDirectory);
  const child = leaveSleeper(t, scope);
  const ended = once(child, 'exit');
  const task = taskIn(t, scope, '33333333');
  await startTask(t, instance, task);
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  assert.deepEqual(membersOf(scope), [await pidOf(instance, task.id)]);
});

test('A task of ours that nobody has recovered ends when it is destroyed by force.', async (t) => {
  const stateDirectory = keeperFolder(t);
  const scope = makeScope(t);
  if (scope === undefined) return;
  const first = openPlugin(t, stateDirectory);
  const task = taskIn(t, scope, '44444444');
  await startTask(t, first, task);
  await first.plugin.close();

  const second = openPlugin(t, stateDirectory);
  await second.destroyTask({ taskId: task.id, force: true } as never, call);
  assert.deepEqual(membersOf(scope), []);
  const driver = await second.plugin.driver();
  await assert.rejects(driver.inspectTask(task.id), { code: 'ERR_TASK_UNKNOWN' });
});

test('On version 1 the cpuset of all tasks is joined, and who else is in it lives on.', async (t) => {
  const stateDirectory = keeperFolder(t);
  const freezer = makeGroup(t, 'freezer');
  const cpuset = makeGroup(t, 'cpuset');
  const memory = mountOf('memory');
  if (freezer === undefined || cpuset === undefined || memory === undefined) {
    if (memory === undefined) t.skip('this host has not mounted v1 memory');
    return;
  }
  // One parent in each hierarchy, by one name: that of the freezer's group.
  const parent = freezer.name;
  const share = join(mountOf('cpuset') ?? '', parent, 'share');
  mkdirSync(dirname(share));
  mkdirSync(join(memory, parent));
  for (const path of [dirname(share), share]) {
    if (!existsSync(path)) mkdirSync(path);
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      writeFileSync(join(path, file), readFileSync(join(path, '..', file), 'utf8'));
    }
  }
  cleanUp(t, () => {
    for (const path of [share, dirname(share), join(memory, parent)]) rmdirSync(path);
  });
  const stranger = leaveSleeper(t, share);
  cleanUp(t, async () => {
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
  });
  const instance = openPlugin(t, stateDirectory);
  const task = taskIn(t, share, '55555555');
  const handle = await startTask(t, instance, task);
  const pid = await pidOf(instance, task.id);
  const own = join(freezer.path, `${allocId}.web`);
  assert.deepEqual(membersOf(own), [pid]);
  assert.deepEqual(new Set(membersOf(share)), new Set([pid, stranger.pid]));
  await instance.plugin.close();

  const next = openPlugin(t, stateDirectory);
  await next.recoverTask(create(RecoverTaskRequestSchema, { taskId: task.id, handle }), call);
  await next.destroyTask({ taskId: task.id, force: true } as never, call);
  assert.deepEqual(membersOf(share), [stranger.pid]);
  assert.ok(!existsSync(own), 'what was made for the task is gone');
});
