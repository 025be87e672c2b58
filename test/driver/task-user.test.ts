import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { resolveTaskUser } from '../../src/driver/task-user.ts';
import { findUser } from '../../src/process/user.ts';
import { makeDriver } from '../helpers/driver-task.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { resultOf } from '../helpers/node-program.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const id = 'alloc/task/1';
const noDenials = { deniedHostUids: [], deniedHostGids: [] };

/** Skips with the reason where this process may not change to another user. */
function isRoot(t: TestContext): boolean {
  if (process.getuid?.() === 0) {
    return true;
  }
  t.skip('needs root: tasks are started as other users');
  return false;
}

test('A task with a user has that user, its group, exactly its groups, and its variables.', async (t) => {
  if (!isRoot(t)) {
    return;
  }
  const nobody = findUser('nobody');
  assert.ok(nobody !== undefined);
  for (const user of ['nobody', String(nobody.uid)]) {
    const { driver, configTask, stdout } = await makeDriver(t);
    const script = 'id -u; id -g; id -G; echo $USER $LOGNAME $HOME';
    const config = { command: 'sh', args: ['-c', script] };
    await driver.startTask(configTask(config, { user, env: { HOME: process.env['HOME'] ?? '' } }));
    assert.equal((await driver.waitTask(id)).exitCode, 0);
    assert.deepEqual(stdout().split('\n'), [
      String(nobody.uid),
      String(nobody.gid),
      nobody.groups.join(' '),
      `nobody nobody ${nobody.home}`,
      '',
    ]);
    assert.ok(!nobody.groups.includes(0));
  }
});

test('A user with several groups has all of them.', async (t) => {
  if (!isRoot(t)) {
    return;
  }
  const member = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(':')[3]?.split(',') ?? [])
    .map((name) => (name === '' ? undefined : findUser(name)))
    .find((user) => user !== undefined && user.groups.length > 1);
  if (member === undefined) {
    t.skip('this host has no user with several groups');
    return;
  }
  const { driver, configTask, stdout } = await makeDriver(t);
  await driver.startTask(configTask({ command: 'id', args: ['-G'] }, { user: member.name }));
  await driver.waitTask(id);
  const got = stdout().trim().split(' ').map(Number);
  assert.deepEqual(got.sort(), [...member.groups].sort());
});

test('A second command in a task runs as the user of the task.', async (t) => {
  if (!isRoot(t)) {
    return;
  }
  const { driver, configTask } = await makeDriver(t);
  await driver.startTask(configTask({ command: 'sleep', args: ['1000'] }, { user: 'nobody' }));
  const { output } = await driver.execTask(id, ['id', '-un']);
  assert.equal(output.toString(), 'nobody\n');
  await driver.stopTask(id, { timeoutMs: 0 });
});

test('A user that this host does not know is refused.', async (t) => {
  const { driver, configTask } = await makeDriver(t);
  for (const user of ['no-such-user', '3999999999']) {
    await assert.rejects(driver.startTask(configTask({ command: 'true' }, { user })), {
      code: 'ERR_USER_UNKNOWN',
      message: `cannot start a task as user "${user}": this host knows no such user. Create it, or name another`,
    });
  }
});

test('A user whose id is denied is refused.', async (t) => {
  const nobody = findUser('nobody');
  assert.ok(nobody !== undefined);
  const denied = { denied_host_uids: `1-2,${nobody.uid}` };
  const { driver, configTask } = await makeDriver(t, denied);
  await assert.rejects(driver.startTask(configTask({ command: 'true' }, { user: 'nobody' })), {
    code: 'ERR_USER_DENIED',
    message:
      `cannot start a task as user "nobody" (uid ${nobody.uid}): denied_host_uids of the driver has ${nobody.uid}. ` +
      'Name another user',
  });
});

test('A user one of whose groups is denied is refused.', async (t) => {
  const nobody = findUser('nobody');
  assert.ok(nobody !== undefined);
  const { driver, configTask } = await makeDriver(t, { denied_host_gids: `${nobody.gid}` });
  await assert.rejects(driver.startTask(configTask({ command: 'true' }, { user: 'nobody' })), {
    code: 'ERR_GROUP_DENIED',
    message: /it is in group [0-9]+, which denied_host_gids of the driver has/,
  });
});

test('Denying group 0 does not refuse users that are not in it.', async (t) => {
  if (!isRoot(t)) {
    return;
  }
  const { driver, configTask } = await makeDriver(t, { denied_host_gids: '0' });
  await driver.startTask(configTask({ command: 'true' }, { user: 'nobody' }));
  assert.equal((await driver.waitTask(id)).exitCode, 0);
});

test('A task without a user is checked as the user of this process.', async (t) => {
  const uid = process.getuid?.() ?? 0;
  const byUid = await makeDriver(t, { denied_host_uids: `${uid}` });
  for (const user of [{}, { user: '' }]) {
    await assert.rejects(byUid.driver.startTask(byUid.configTask({ command: 'true' }, user)), {
      code: 'ERR_USER_DENIED',
      message: new RegExp(`the user of this process \\(uid ${uid}\\), because the task names none`),
    });
  }
  const byGid = await makeDriver(t, { denied_host_gids: `${process.getgid?.() ?? 0}` });
  await assert.rejects(byGid.driver.startTask(byGid.configTask({ command: 'true' })), {
    code: 'ERR_GROUP_DENIED',
  });
});

test('A process without the right to change users is told so before anything is started.', async (t) => {
  if (!isRoot(t)) {
    return;
  }
  const daemon = findUser('daemon');
  assert.ok(daemon !== undefined);
  process.seteuid?.('nobody');
  try {
    const own = process.geteuid?.();
    await assert.rejects(resolveTaskUser('daemon', noDenials), {
      code: 'ERR_NOT_PERMITTED',
      message:
        `cannot start a task as user "daemon" (uid ${daemon.uid}): this process runs as uid ${own} without CAP_SETUID ` +
        'and CAP_SETGID, so it cannot change to another user. Leave the user out, run this process as that user or as ' +
        'root, or give it both capabilities',
    });
  } finally {
    process.seteuid?.(0);
  }
});

test('A process without the right to change users may name its own user.', async (t) => {
  if (!isRoot(t)) {
    return;
  }
  const nobody = findUser('nobody');
  assert.ok(nobody !== undefined);
  process.setegid?.('nogroup');
  process.seteuid?.('nobody');
  try {
    const named = { name: 'nobody', home: nobody.home };
    assert.deepEqual(await resolveTaskUser('nobody', noDenials), { named });
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
});

test('A name service that takes its time holds up nobody else.', async (t) => {
  if (!isRoot(t)) {
    return;
  }
  const fifo = join(temporaryFolder(t), 'nsswitch.conf');
  execFileSync('mkfifo', [fifo]);
  const script = 'mount --bind "$1" /etc/nsswitch.conf && shift && exec "$@"';
  const node = [process.execPath, fixture('traps/slow-name-service.mjs')];
  const program = spawn(
    'unshare',
    ['--mount', 'sh', '-c', script, 'sh', fifo, ...node, moduleUrl('driver/task-user')],
    // One that waits for itself would wait for ever.
    { stdio: 'pipe', timeout: 60_000 },
  );
  const { stdout, stderr } = await resultOf(program);
  assert.equal(stdout, 'nobody\n', stderr);
});
