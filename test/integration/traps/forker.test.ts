// The careful path: what its children take from this process, and what happens when its helper is lost.

import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { SpawnError } from '../../../src/errors.ts';
import { run } from '../../../src/process/run.ts';
import { makeGroup } from '../../helpers/cgroup-group.ts';
import { forkerPid } from '../../helpers/forker.ts';
import { guardAgainstLeaks } from '../../helpers/leak-guard.ts';
import { fixture, moduleUrl } from '../../helpers/library.ts';
import { untilEnded } from '../../helpers/process-end.ts';
import { slowness } from '../../helpers/slowness.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

guardAgainstLeaks();

const skip = process.getuid?.() === 0 ? false : 'needs root to start a program as another user';

test('a child by the careful path starts where this process is now, with its umask of now', {
  skip,
}, async (t) => {
  await run('true', [], { user: 'nobody' });
  const folder = realpathSync(temporaryFolder(t));
  chmodSync(folder, 0o755);
  const previousFolder = process.cwd();
  const previousMask = process.umask(0o027);
  t.after(() => {
    process.chdir(previousFolder);
    process.umask(previousMask);
  });
  process.chdir(folder);
  const { stdout } = await run('sh', ['-c', 'pwd; umask'], { user: 'nobody' });
  assert.equal(stdout, `${folder}\n0027\n`);
});

test('a forker that was killed is replaced by the next start', { skip }, async () => {
  await run('true', [], { user: 'nobody' });
  const first = forkerPid();
  assert.ok(first !== undefined, 'the forker is a child of this process');
  // eslint-disable-next-line no-restricted-syntax -- our own child, unreaped, found by pid just now
  process.kill(first, 'SIGKILL');
  await untilEnded(first);
  const { stdout } = await run('id', ['-un'], { user: 'nobody' });
  assert.equal(stdout, 'nobody\n');
  assert.notEqual(forkerPid(), first);
});

test('a forker that was stopped is replaced, and the program is started once', {
  skip,
}, async (t) => {
  await run('true', [], { user: 'nobody' });
  const first = forkerPid();
  assert.ok(first !== undefined);
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o777);
  // eslint-disable-next-line no-restricted-syntax -- our own child, unreaped, found by pid just now
  process.kill(first, 'SIGSTOP');
  const script = 'echo started >> "$0/starts"';
  await run('sh', ['-c', script, folder], { user: 'nobody', execDeadlineMs: 300 * slowness });
  assert.notEqual(forkerPid(), first);
  assert.equal(existsSync(`/proc/${first}`), false, 'the stopped one was ended and reaped');
  assert.equal(readFileSync(`${folder}/starts`, 'utf8'), 'started\n');
});

test('a forker can be lost as often as it likes', { skip }, async () => {
  // More often than there are reports to give up.
  for (let count = 0; count < 70; count += 1) {
    await run('true', [], { user: 'nobody' });
    const pid = forkerPid();
    assert.ok(pid !== undefined);
    // eslint-disable-next-line no-restricted-syntax -- our own child, unreaped, found by pid just now
    process.kill(pid, 'SIGKILL');
  }
  assert.equal((await run('id', ['-un'], { user: 'nobody' })).stdout, 'nobody\n');
});

test('a child by the careful path has the limits of this process now', { skip }, async () => {
  await run('true', [], { user: 'nobody' });
  const limit = (): Promise<string> =>
    run('sh', ['-c', 'ulimit -Sn'], { user: 'nobody' }).then(({ stdout }) => stdout.trim());
  const before = await limit();
  const set = (soft: string): Promise<unknown> =>
    run('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:`]);
  await set('333');
  try {
    assert.equal(await limit(), '333');
  } finally {
    await set(before);
  }
  assert.equal(await limit(), before);
});

test('a child by the careful path starts in the cgroup of this process now', {
  skip,
}, async (t) => {
  await run('true', [], { user: 'nobody' });
  const group = makeGroup(t, 'pids');
  if (group === undefined) return;
  const lineOf = (text: string): string =>
    /^\d+:pids:(?<path>.*)$/m.exec(text)?.groups?.['path'] ?? '';
  const home =
    group.path.slice(0, -group.name.length - 1) + lineOf(readFileSync('/proc/self/cgroup', 'utf8'));
  writeFileSync(`${group.path}/cgroup.procs`, String(process.pid));
  try {
    const { stdout } = await run('cat', ['/proc/self/cgroup'], { user: 'nobody' });
    assert.equal(lineOf(stdout), `/${group.name}`);
  } finally {
    writeFileSync(`${home}/cgroup.procs`, String(process.pid));
    await run('true', [], { user: 'nobody' }); // the forker follows, and the group can be removed
  }
});

test('the forker holds nothing but its socket and the standard descriptors', { skip }, async () => {
  await run('true', [], { user: 'nobody' });
  const pid = forkerPid();
  assert.ok(pid !== undefined);
  const open = readdirSync(`/proc/${pid}/fd`);
  assert.deepEqual(open, ['3']);
});

test('a child by the careful path has the CPUs of this process now', { skip }, async (t) => {
  await run('true', [], { user: 'nobody' });
  const before = (await run('nproc', [])).stdout;
  if (before === '1\n') {
    t.skip('this process may run on one CPU only');
    return;
  }
  const pid = String(process.pid);
  const { stdout: all } = await run('taskset', ['-p', pid]);
  await run('taskset', ['-cp', '0', pid]);
  try {
    assert.equal((await run('nproc', [], { user: 'nobody' })).stdout, '1\n');
  } finally {
    await run('taskset', ['-p', all.trim().split(' ').at(-1) ?? '', pid]);
  }
  assert.equal((await run('nproc', [], { user: 'nobody' })).stdout, before);
});

test('arguments of more than a message are passed whole', { skip }, async () => {
  const long = 'x'.repeat(100_000);
  const { stdout } = await run('sh', ['-c', 'printf %s "$1$2" | wc -c', 'sh', long, long], {
    user: 'nobody',
  });
  assert.equal(stdout.trim(), '200000');
});

test('the capabilities of the executable of this process are enough to change the user', {
  skip,
}, async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const node = `${folder}/node`;
  // Of its own, because the capabilities belong to the file.
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  const rights = 'cap_setuid,cap_setgid+ep';
  const { status, stderr: why } = await run('setcap', [rights, node]).catch((error: unknown) => {
    if (error instanceof SpawnError) return { status: { exitCode: 127 }, stderr: error.message };
    throw error;
  });
  if (status.exitCode !== 0) {
    t.skip(`this machine cannot give capabilities to a file: ${why.trim()}`);
    return;
  }
  const program = [fixture('start-as.mjs'), moduleUrl('process/spawn'), 'daemon'];
  const { stdout, stderr } = await run(node, program, { user: 'nobody', cwd: '/' });
  assert.deepEqual([stdout, stderr], ['daemon\n', '']);
});
