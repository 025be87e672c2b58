// Each option of spawn(), read back from the kernel or by the program itself.

import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { run } from '../../src/process/run.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnOptions } from '../../src/process/spawn-options.ts';
import type { SpawnedProcess } from '../../src/process/spawned-process.ts';
import { findUser } from '../../src/process/user.ts';
import { makeGroup } from '../helpers/cgroup-group.ts';
import { guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

guardAgainstLeaks();

const isRoot = process.geteuid?.() === 0;

type Start = (options?: SpawnOptions) => SpawnedProcess;

/**
 * Starts processes that stay until the test ends, to be looked at from outside. To be called before groups are made:
 * what is to be taken away at the end is taken away in the order in which it was asked for.
 */
function starter(t: TestContext): Start {
  const started: SpawnedProcess[] = [];
  t.after(async () => {
    for (const child of started) {
      child.kill('SIGKILL');
      await child.exited;
    }
  });
  return (options = {}) => {
    const child = spawn('/bin/sleep', ['1000'], { stdio: 'ignore', ...options });
    started.push(child);
    return child;
  };
}

function statusField(pid: number | string, name: string): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
}

/** Process group and session, see proc_pid_stat(5). */
function groupAndSession(pid: number | string): [number, number] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [Number(fields[2]), Number(fields[3])];
}

test('without options the child has this environment, directory and process group', async () => {
  const { stdout } = await run('/bin/sh', ['-c', 'pwd; echo $PATH']);
  assert.equal(stdout, `${process.cwd()}\n${process.env['PATH']}\n`);
});

test('a change of this environment is seen by the next child', async () => {
  process.env['RAW_EXEC_TEST_VALUE'] = 'ä€';
  const { stdout } = await run('/usr/bin/env', []);
  delete process.env['RAW_EXEC_TEST_VALUE'];
  assert.match(stdout, /^RAW_EXEC_TEST_VALUE=ä€$/m);
});

test('cwd is where the program starts, and what relative commands are relative to', async () => {
  assert.equal((await run('/bin/pwd', [], { cwd: '/usr' })).stdout, '/usr\n');
  assert.equal((await run('./pwd', [], { cwd: '/bin', env: {} })).status.exitCode, 0);
});

test('env is the whole environment, without the variables that are undefined', async () => {
  const env = { A: '1', EMPTY: '', NONE: undefined, LINES: 'x\ny=z' };
  assert.equal((await run('/usr/bin/env', ['-0'], { env })).stdout, 'A=1\0EMPTY=\0LINES=x\ny=z\0');
  assert.equal((await run('/usr/bin/env', [], { env: {} })).stdout, '');
});

test("a command without a slash is looked up in the PATH of the child's environment", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(`${folder}/raw-exec-tool`, '#!/bin/sh\necho found $0\n', { mode: 0o755 });
  const env = { PATH: `/nowhere:${folder}` };
  assert.equal((await run('raw-exec-tool', [], { env })).stdout, `found ${folder}/raw-exec-tool\n`);
  assert.equal((await run('true', [], { env: {} })).status.exitCode, 0);
});

test('argv0 is what the program sees as its name; without it the command as given', async () => {
  const read = ['-c', 'IFS= read -r -d "" name < /proc/$$/cmdline; printf %s "$name"'];
  const named = await run('bash', read, { argv0: 'other name' });
  assert.equal(named.stdout, 'other name');
  assert.equal((await run('bash', read)).stdout, 'bash');
});

test('arguments arrive as they are', async () => {
  const args = ['', ' ', 'ä€😀', 'a\nb', '\'"$(x)`', '-n'];
  const { stdout } = await run('/bin/sh', ['-c', 'printf "<%s>" "$@"', 'sh', ...args]);
  assert.equal(stdout, args.map((arg) => `<${arg}>`).join(''));
});

test('processGroup: inherited, new, or an existing one', (t) => {
  const start = starter(t);
  const [ownGroup] = groupAndSession('self');
  assert.equal(groupAndSession(start().pid)[0], ownGroup);
  const leader = start({ processGroup: 'new' });
  assert.equal(groupAndSession(leader.pid)[0], leader.pid);
  assert.ok(leader.leadsGroup);
  const member = start({ processGroup: leader.pid });
  assert.equal(groupAndSession(member.pid)[0], leader.pid);
  assert.ok(!member.leadsGroup);
});

test('newSession makes the child the leader of a session and a group', (t) => {
  const start = starter(t);
  const child = start({ newSession: true });
  assert.deepEqual(groupAndSession(child.pid), [child.pid, child.pid]);
  assert.ok(child.leadsGroup);
});

test('oomScoreAdj is written before the program begins', (t) => {
  const start = starter(t);
  const child = start({ oomScoreAdj: 500 });
  assert.equal(readFileSync(`/proc/${child.pid}/oom_score_adj`, 'utf8'), '500\n');
  const own = readFileSync('/proc/self/oom_score_adj', 'utf8');
  assert.notEqual(own, '500\n');
});

test('cgroup as a path puts the child into that version 2 group', (t) => {
  const start = starter(t);
  const group = makeGroup(t);
  if (group === undefined) return;
  const child = start({ cgroup: group.path });
  assert.equal(readFileSync(`${group.path}/cgroup.procs`, 'utf8'), `${child.pid}\n`);
});

test('cgroup with v1 and v2 paths puts the child into all of them', (t) => {
  const start = starter(t);
  const v2 = makeGroup(t);
  const v1 = makeGroup(t, 'pids');
  if (v1 === undefined || v2 === undefined) return;
  const child = start({ cgroup: { v2: v2.path, v1: { pids: v1.path } } });
  assert.equal(readFileSync(`${v2.path}/cgroup.procs`, 'utf8'), `${child.pid}\n`);
  assert.equal(readFileSync(`${v1.path}/cgroup.procs`, 'utf8'), `${child.pid}\n`);
});

test('a given cgroup may hold others: stopping the child leaves them alone', async (t) => {
  const start = starter(t);
  const group = makeGroup(t);
  if (group === undefined) return;
  const other = start({ cgroup: group.path });
  const child = start({ cgroup: group.path, processGroup: 'new' });
  await child.stop({ steps: [{ to: 'group' }] });
  assert.equal(readFileSync(`${group.path}/cgroup.procs`, 'utf8'), `${other.pid}\n`);
});

test('user by name or id gives uid, primary group and exactly the supplementary groups', (t) => {
  const start = starter(t);
  const nobody = findUser('nobody');
  if (!isRoot || nobody === undefined) {
    t.skip('this process may not change to the user nobody');
    return;
  }
  for (const user of ['nobody', nobody.uid, String(nobody.uid)]) {
    const child = start({ user });
    const ids = (id: number): string => Array(4).fill(id).join('\t');
    assert.equal(statusField(child.pid, 'Uid'), ids(nobody.uid));
    assert.equal(statusField(child.pid, 'Gid'), ids(nobody.gid));
    assert.deepEqual(statusField(child.pid, 'Groups').split(' ').map(Number), nobody.groups);
  }
});

test('group and groups stand over what the user has; ids need no entry', (t) => {
  const start = starter(t);
  if (!isRoot) {
    t.skip('this process may not change its groups');
    return;
  }
  const child = start({ user: 54_321, group: 54_322, groups: [54_323, 'root'] });
  assert.match(statusField(child.pid, 'Uid'), /^54321\t/);
  assert.match(statusField(child.pid, 'Gid'), /^54322\t/);
  assert.equal(statusField(child.pid, 'Groups'), '0 54323');
  const none = start({ user: 'nobody', groups: [] });
  assert.equal(statusField(none.pid, 'Groups'), '');
});

test('a start as oneself needs no right and changes nothing', (t) => {
  const start = starter(t);
  const own = process.getuid?.() ?? 0;
  const child = start({
    user: own,
    group: process.getgid?.() ?? 0,
    groups: process.getgroups?.() ?? [],
  });
  assert.equal(statusField(child.pid, 'Uid'), statusField('self', 'Uid'));
  assert.equal(statusField(child.pid, 'Groups'), statusField('self', 'Groups'));
});

test('resourceLimits are set, both at once or soft and hard apart', (t) => {
  const start = starter(t);
  const child = start({
    resourceLimits: {
      nofile: 64,
      core: 0,
      cpu: { soft: 100, hard: 'unlimited' },
      stack: 'unlimited',
    },
  });
  const limits = readFileSync(`/proc/${child.pid}/limits`, 'utf8');
  assert.match(limits, /^Max open files +64 +64 /m);
  assert.match(limits, /^Max core file size +0 +0 /m);
  assert.match(limits, /^Max cpu time +100 +unlimited /m);
  assert.match(limits, /^Max stack size +unlimited +unlimited /m);
});

test('a small limit of descriptors does not stop those of the plan', async () => {
  const stdio = [
    ...Array<'ignore'>(3).fill('ignore'),
    ...Array<'closed'>(16).fill('closed'),
    'ignore' as const,
  ];
  const child = spawn('/bin/sh', ['-c', 'test -e /proc/self/fd/19'], {
    stdio,
    resourceLimits: { nofile: 16 },
  });
  assert.equal((await child.exited).exitCode, 0);
});

test('nice, umask, cpuAffinity and noNewPrivs are as asked', async (t) => {
  const start = starter(t);
  const child = start({ nice: 7, cpuAffinity: [0], noNewPrivs: true, umask: 0o027 });
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  assert.equal(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16], '7');
  assert.equal(statusField(child.pid, 'Cpus_allowed_list'), '0');
  assert.equal(statusField(child.pid, 'NoNewPrivs'), '1');
  assert.equal(statusField(child.pid, 'Umask'), '0027');
});

test('networkNamespace is entered before the program begins', (t) => {
  const start = starter(t);
  if (!isRoot) {
    t.skip('entering a network namespace needs CAP_SYS_ADMIN');
    return;
  }
  const holder = spawn('unshare', ['--net', 'sleep', '1000'], { stdio: 'ignore' });
  t.after(async () => {
    holder.kill('SIGKILL');
    await holder.exited;
  });
  const path = `/proc/${holder.pid}/ns/net`;
  const own = readlinkSync('/proc/self/ns/net');
  const deadline = performance.now() + 10_000;
  while (readlinkSync(path) === own && performance.now() < deadline);
  const child = start({ networkNamespace: path });
  assert.equal(readlinkSync(`/proc/${child.pid}/ns/net`), readlinkSync(path));
  assert.notEqual(readlinkSync(path), own);
});

test('the program starts with default signals and an empty mask, whatever this process ignores', async () => {
  const { stdout } = await run('/bin/cat', ['/proc/self/status']);
  for (const name of ['SigBlk', 'SigIgn', 'SigCgt']) {
    assert.match(stdout, new RegExp(`^${name}:\\s0000000000000000$`, 'm'));
  }
});

test('the program has exactly the descriptors of its plan', async () => {
  const child = spawn('/bin/sh', ['-c', 'echo /proc/$$/fd/*'], {
    stdio: ['ignore', 'pipe', 'ignore', 'closed', 'ignore'],
  });
  const listed = await text(child.stdout ?? assert.fail());
  const numbers = listed
    .trim()
    .split(' ')
    .map((path) => path.split('/').at(-1));
  // The shell's own look at the folder has a number as well: the lowest free one.
  assert.deepEqual(numbers.sort(), ['0', '1', '2', '3', '4']);
  await child.exited;
});

test('the status tells times, memory and code', async () => {
  const before = Date.now();
  const child = spawn(
    '/bin/sh',
    ['-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 7'],
    { stdio: 'ignore' },
  );
  assert.equal(child.status, undefined);
  const status = await child.exited;
  assert.equal(child.status, status);
  assert.ok(Object.isFrozen(status));
  assert.deepEqual(
    [status.code, status.signal, status.exitCode, status.coreDumped],
    [7, null, 7, false],
  );
  assert.ok(status.userCpuMs + status.systemCpuMs > 0);
  assert.ok(status.maxRssBytes > 100_000);
  assert.ok(Math.abs(status.startedAt.getTime() - before) < 10_000);
  assert.ok(status.durationMs > 0 && status.durationMs < 60_000);
});

test('a signal is told by name, with its shell-style code and the core flag', async () => {
  const child = spawn('/bin/sh', ['-c', 'kill -SEGV $$'], {
    stdio: 'ignore',
    resourceLimits: { core: 0 },
  });
  const { code, signal, exitCode, coreDumped } = await child.exited;
  assert.deepEqual(
    { code, signal, exitCode, coreDumped },
    { code: null, signal: 'SIGSEGV', exitCode: 139, coreDumped: false },
  );
});
