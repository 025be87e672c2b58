// Secrets directories in memory, from the start of an allocation to its removal, by agents as processes.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AgentLog, defaultLogSettings } from '../../src/agent/agent-log.ts';
import { allocationPaths, taskPaths } from '../../src/agent/allocation-paths.ts';
import { SecretsMounts } from '../../src/agent/secrets-mounts.ts';
import type { AllocationStub } from '../../src/cli/agent-objects.ts';
import { native } from '../../src/native.ts';
import { pidOf, TestAgent } from '../helpers/agent.ts';
import { cleanUp } from '../helpers/clean-up.ts';
import { eventually } from '../helpers/eventually.ts';
import { jobFile, shellTask, taskGroup } from '../helpers/job-file.ts';
import { mountsBelow, unmountBelow } from '../helpers/mounts.ts';
import { isAlive } from '../helpers/process-end.ts';
import { lastingFolder } from '../helpers/temporary-folder.ts';

const patient =
  'echo hidden >"$NOMAD_SECRETS_DIR/file"; trap "exit 0" INT; while :; do sleep 0.02; done';
const service = { Type: 'service' };

/** Whether this host lets us mount; tried in a directory that goes with the test. */
async function canMount(t: TestContext): Promise<boolean> {
  const folder = lastingFolder(t);
  cleanUp(t, () => unmountBelow(dirname(folder)));
  const directory = join(folder, 'tried');
  mkdirSync(directory);
  const errno = await native.mountMemory(directory, 4096, 0, 0);
  if (errno !== 0) t.skip(`no file system can be mounted here: errno ${errno}`);
  else assert.equal(await native.unmountAll(directory), 0);
  return errno === 0;
}

async function start(
  agent: TestAgent,
  t: TestContext,
  fields: object = {},
): Promise<AllocationStub> {
  const file = await jobFile(
    t,
    [taskGroup('group', [shellTask('task', patient, fields)])],
    service,
  );
  const { code, stderr } = await agent.cli('run', file);
  assert.equal(code, 0, stderr);
  const [allocation] = await agent.allocations('test');
  assert.ok(allocation);
  const path = join(agent.stateDirectory, 'alloc', allocation.ID, 'task/secrets/file');
  await eventually('the task has written it', () => existsSync(path) || undefined);
  return allocation;
}

test('secrets are in memory, of the task’s user alone, and go with the allocation', async (t) => {
  if (!(await canMount(t))) return;
  const agent = new TestAgent(t);
  // Its task is another user's.
  chmodSync(agent.stateDirectory, 0o711);
  await agent.start();
  const { ID } = await start(agent, t, { User: 'nobody' });
  const mounts = mountsBelow(agent.stateDirectory);
  assert.equal(mounts.length, 1);
  const [mount] = mounts;
  assert.ok(mount);
  assert.equal(mount.path, join(agent.stateDirectory, 'alloc', ID, 'task/secrets'));
  assert.equal(mount.type, 'tmpfs');
  for (const option of ['nosuid', 'nodev', 'noexec', 'size=1024k', 'mode=700'])
    assert.ok(mount.options.includes(option), `${option} of ${mount.options.join()}`);
  const { mode, uid } = statSync(mount.path);
  assert.equal(mode & 0o7777, 0o700);
  assert.notEqual(uid, 0);
  assert.equal(uid, statSync(join(dirname(mount.path), 'private')).uid);
  assert.equal((await agent.cli('stop', 'test')).code, 0);
  assert.equal(readFileSync(join(mount.path, 'file'), 'utf8'), 'hidden\n');
  assert.equal((await agent.cli('gc')).code, 0);
  assert.deepEqual(mountsBelow(agent.stateDirectory), []);
  assert.ok(!existsSync(join(agent.stateDirectory, 'alloc', ID)));
});

test('the next agent finds them as they are, and makes those anew that a restart of the host has taken', async (t) => {
  if (!(await canMount(t))) return;
  const agent = new TestAgent(t, 'log_level = "debug"');
  // Told when all is taken over that it has.
  const takenOver = (): Promise<true> =>
    eventually('it runs', () => / still runs as process /.test(agent.said) || undefined);
  await agent.start();
  const allocation = await start(agent, t);
  const path = join(agent.stateDirectory, 'alloc', allocation.ID, 'task/secrets');
  await agent.end('SIGKILL');
  await agent.start();
  await takenOver();
  assert.equal(mountsBelow(agent.stateDirectory).length, 1);
  assert.equal(readFileSync(join(path, 'file'), 'utf8'), 'hidden\n');
  await agent.end('SIGTERM');
  await unmountBelow(agent.stateDirectory);
  await agent.start();
  await takenOver();
  assert.equal(mountsBelow(agent.stateDirectory).length, 1);
  // What is on the disk already is the task's, and stays in sight.
  await agent.end('SIGTERM');
  await unmountBelow(agent.stateDirectory);
  writeFileSync(join(path, 'on-disk'), '');
  await agent.start();
  await takenOver();
  assert.deepEqual(mountsBelow(agent.stateDirectory), []);
  assert.ok(isAlive(pidOf(allocation, 'task')));
  assert.equal((await agent.cli('stop', '--purge', 'test')).code, 0);
  await agent.until('it is forgotten', 'test', (all) => all.length === 0);
  assert.deepEqual(mountsBelow(agent.stateDirectory), []);
});

test('an agent that may not mount leaves the directory as it is, and says so once', async (t) => {
  if (process.geteuid?.() !== 0) return t.skip('not root: there is no right to give up');
  const agent = new TestAgent(t);
  await agent.start({}, undefined, [
    'setpriv',
    '--bounding-set',
    '-sys_admin',
    '--inh-caps',
    '-sys_admin',
  ]);
  const { ID } = await start(agent, t);
  assert.deepEqual(mountsBelow(agent.stateDirectory), []);
  const { mode } = statSync(join(agent.stateDirectory, 'alloc', ID, 'task/secrets'));
  assert.equal(mode & 0o7777, 0o700);
  assert.equal((await agent.cli('stop', ID)).code, 0);
  await agent.until('it runs again', 'test', ([, one]) => one?.ClientStatus === 'running');
  const told = agent.said.match(
    /secrets directories of tasks are on the disk, open to their users alone: EPERM/g,
  );
  assert.equal(told?.length, 1);
  assert.equal((await agent.cli('stop', '--purge', 'test')).code, 0);
  await agent.until('it is forgotten', 'test', (all) => all.length === 0);
});

test('a directory that is not there is an error, and unmounting nothing is none', async (t) => {
  if (!(await canMount(t))) return;
  const paths = taskPaths(allocationPaths(lastingFolder(t), 'allocation'), 'task');
  const mounts = new SecretsMounts(new AgentLog(() => undefined, defaultLogSettings));
  await assert.rejects(mounts.mount(paths, undefined), {
    code: 'ERR_SECRETS_MOUNT',
    message: /cannot mount a file system in memory over .*task\/secrets: ENOENT/,
  });
  assert.equal(await native.unmountAll(paths.secrets), 0);
  assert.equal(mounts.isLost(paths), false);
});
