// Every code of SpawnError, provoked for real. After each one nothing is left: no process, no descriptor.

import assert from 'node:assert/strict';
import { chmodSync, closeSync, copyFileSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { SpawnError } from '../../src/errors.ts';
import { run } from '../../src/process/run.ts';
import { spawn } from '../../src/process/spawn.ts';
import type { SpawnOptions } from '../../src/process/spawn-options.ts';
import { makeGroup } from '../helpers/cgroup-group.ts';
import { children, guardAgainstLeaks } from '../helpers/leak-guard.ts';
import { fixture, moduleUrl } from '../helpers/library.ts';
import { runProgram } from '../helpers/node-program.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { spawnErrorOf } from '../helpers/thrown-by.ts';

guardAgainstLeaks();

const isRoot = process.geteuid?.() === 0;

function failure(
  command: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): SpawnError {
  const error = spawnErrorOf(() => spawn(command, args, { stdio: 'ignore', ...options }));
  assert.deepEqual(children(), []);
  return error;
}

/** What programs match on. */
function facts(error: SpawnError): object {
  const { code, step, errno, path, isRetryable } = error;
  return { code, step, errno, path, isRetryable };
}

test('ERR_COMMAND_NOT_FOUND: no such file', () => {
  const error = failure('/no/such/tool');
  assert.deepEqual(facts(error), {
    code: 'ERR_COMMAND_NOT_FOUND',
    step: 'exec',
    errno: 2,
    path: '/no/such/tool',
    isRetryable: false,
  });
  assert.equal(error.syscall, 'execve');
  assert.equal(
    error.message,
    'cannot execute /no/such/tool: ENOENT (no such file or directory). There is no such file: check the path',
  );
});

test('ERR_COMMAND_NOT_FOUND: not in PATH, which the message shows', () => {
  const error = failure('raw-exec-none', [], { env: { PATH: '/bin:/sbin' } });
  assert.deepEqual(facts(error), {
    code: 'ERR_COMMAND_NOT_FOUND',
    step: 'lookUp',
    errno: 2,
    path: 'raw-exec-none',
    isRetryable: false,
  });
  assert.match(
    error.message,
    /^cannot find command raw-exec-none in PATH "\/bin:\/sbin": no such command\. /,
  );
});

test('ERR_COMMAND_NOT_FOUND: a part of the path is a file', () => {
  const error = failure('/etc/passwd/tool');
  assert.equal(error.code, 'ERR_COMMAND_NOT_FOUND');
  assert.match(
    error.message,
    /ENOTDIR \(not a directory\)\. A part of its path is not a directory$/,
  );
});

test('ERR_COMMAND_IS_DIRECTORY', () => {
  const error = failure('/usr/bin/');
  assert.equal(error.code, 'ERR_COMMAND_IS_DIRECTORY');
  assert.equal(error.errno, 13);
});

test('ERR_COMMAND_NOT_EXECUTABLE: a file without the permission, by path and by PATH', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(`${folder}/tool`, '#!/bin/sh\n', { mode: 0o644 });
  const byPath = failure(`${folder}/tool`);
  assert.equal(byPath.code, 'ERR_COMMAND_NOT_EXECUTABLE');
  assert.match(byPath.message, /It has no execute permission: chmod \+x gives it$/);
  const byName = failure('tool', [], { env: { PATH: folder } });
  assert.deepEqual(
    [byName.code, byName.step, byName.errno],
    ['ERR_COMMAND_NOT_EXECUTABLE', 'lookUp', 13],
  );
});

test('ERR_COMMAND_FORMAT: text without a first line, an empty file, a Windows program, a damaged program', (t) => {
  const folder = temporaryFolder(t);
  const contents: readonly [string, string | Buffer, RegExp][] = [
    ['script', 'echo hello\n', /a script needs a first line such as #!\/bin\/sh$/],
    ['empty', '', /It is empty$/],
    ['windows', 'MZ\x90\0', /It is a Windows program$/],
    ['blank', '#!  \necho\n', /a script needs a first line/],
    ['cut', readFileSync('/bin/true').subarray(0, 100), /It is a damaged program/],
  ];
  for (const [name, content, message] of contents) {
    const path = `${folder}/${name}`;
    writeFileSync(path, content, { mode: 0o755 });
    const error = failure(path);
    assert.equal(error.code, 'ERR_COMMAND_FORMAT', `${name}: ${error.message}`);
    assert.match(error.message, message);
  }
});

test('ERR_WRONG_ARCHITECTURE: a program for another machine, also as the interpreter of a script', (t) => {
  const folder = temporaryFolder(t);
  const foreign = Buffer.from(readFileSync('/bin/true'));
  foreign.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18);
  writeFileSync(`${folder}/foreign`, foreign, { mode: 0o755 });
  const error = failure(`${folder}/foreign`);
  assert.equal(error.code, 'ERR_WRONG_ARCHITECTURE');
  assert.equal(error.errno, 8);
  assert.match(error.message, /It is a program for (arm64|x86-64), and this machine is /);
  writeFileSync(`${folder}/script`, `#!${folder}/foreign\n`, { mode: 0o755 });
  const throughScript = failure(`${folder}/script`);
  assert.equal(throughScript.code, 'ERR_WRONG_ARCHITECTURE');
  assert.equal(throughScript.path, `${folder}/foreign`);
});

test('ERR_INTERPRETER_NOT_FOUND: of a script, of a script edited on Windows, and of a program', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(`${folder}/script`, '#!/no/such/python -u\n', { mode: 0o755 });
  const script = failure(`${folder}/script`);
  assert.deepEqual(
    [script.code, script.path, script.errno],
    ['ERR_INTERPRETER_NOT_FOUND', '/no/such/python', 2],
  );
  writeFileSync(`${folder}/dos`, '#!/bin/sh\r\necho\r\n', { mode: 0o755 });
  assert.match(
    failure(`${folder}/dos`).message,
    /names the interpreter "\/bin\/sh\\r" \(with a carriage return at its end\)/,
  );
  const program = Buffer.from(readFileSync('/bin/true'));
  const loaderAt = program.indexOf('/lib');
  program.write('/nil', loaderAt);
  writeFileSync(`${folder}/program`, program, { mode: 0o755 });
  const loader = failure(`${folder}/program`);
  assert.equal(loader.code, 'ERR_INTERPRETER_NOT_FOUND');
  assert.match(loader.path ?? '', /^\/nil/);
});

test('ERR_COMMAND_BUSY: a program that somebody is writing', (t) => {
  const path = `${temporaryFolder(t)}/tool`;
  copyFileSync('/bin/true', path);
  chmodSync(path, 0o755);
  const fd = openSync(path, 'r+');
  const error = failure(path);
  closeSync(fd);
  assert.deepEqual([error.code, error.errno, error.isRetryable], ['ERR_COMMAND_BUSY', 26, true]);
});

test('without /proc starts work and fail as they do with it', {
  skip: !isRoot && 'not root',
}, async () => {
  const script = 'umount -l /proc && exec "$@"';
  const program = fixture('parent-without-proc.mjs');
  const command = [process.execPath, program, moduleUrl('process/spawn')];
  const { stdout, stderr } = await run('unshare', ['-m', 'sh', '-c', script, 'sh', ...command]);
  assert.equal(stderr, '');
  const results: unknown = JSON.parse(stdout);
  assert.deepEqual(results, { plain: 0, user: 0, ids: 0, tooLong: 'ERR_ARGUMENTS_TOO_LONG' });
});

test('ERR_ARGUMENTS_TOO_LONG: one argument, one variable, all together', () => {
  const one = failure('/bin/true', ['a', 'x'.repeat(131_072)]);
  assert.deepEqual([one.code, one.errno], ['ERR_ARGUMENTS_TOO_LONG', 7]);
  assert.match(
    one.message,
    /args\[1\] has 131073 bytes and the kernel takes 131072 in one argument/,
  );
  const variable = failure('/bin/true', [], { env: { BIG: 'x'.repeat(131_072) } });
  assert.match(
    variable.message,
    /the environment variable BIG has 131077 bytes and the kernel takes 131072/,
  );
  const many = failure('/bin/true', Array<string>(100).fill('x'.repeat(100_000)), { env: {} });
  assert.match(
    many.message,
    /Arguments and environment have 10000\d+ bytes and the limit is \d+ \(a quarter/,
  );
});

test('ERR_CWD: absent, or a file', () => {
  const absent = failure('/bin/true', [], { cwd: '/no/such/folder' });
  assert.deepEqual(facts(absent), {
    code: 'ERR_CWD',
    step: 'cwd',
    errno: 2,
    path: '/no/such/folder',
    isRetryable: false,
  });
  assert.match(
    absent.message,
    /^cannot change to the directory \/no\/such\/folder: ENOENT \(no such file or directory\)\. /,
  );
  assert.equal(failure('/bin/true', [], { cwd: '/etc/passwd' }).errno, 20);
});

test('ERR_CGROUP: absent, or no cgroup, in either version', () => {
  const v2 = failure('/bin/true', [], { cgroup: '/sys/fs/cgroup/raw-exec-none' });
  assert.deepEqual([v2.code, v2.errno, v2.path], ['ERR_CGROUP', 2, '/sys/fs/cgroup/raw-exec-none']);
  assert.match(v2.message, /The group does not exist, and none is made here: create it first$/);
  const v1 = failure('/bin/true', [], {
    cgroup: { v1: { pids: '/sys/fs/cgroup/pids/raw-exec-none' } },
  });
  assert.deepEqual(
    [v1.code, v1.step, v1.path],
    ['ERR_CGROUP', 'cgroupV1', '/sys/fs/cgroup/pids/raw-exec-none'],
  );
  const folder = failure('/bin/true', [], { cgroup: '/tmp' });
  assert.equal(folder.code, 'ERR_CGROUP');
});

test('ERR_CGROUP_FROZEN: nothing is started in a frozen group', (t) => {
  const group = makeGroup(t);
  if (group === undefined) return;
  writeFileSync(`${group.path}/cgroup.freeze`, '1');
  const error = failure('/bin/true', [], { cgroup: group.path, execDeadlineMs: 300 });
  assert.deepEqual(
    [error.code, error.path, error.isRetryable],
    ['ERR_CGROUP_FROZEN', group.path, true],
  );
  assert.equal(readFileSync(`${group.path}/cgroup.procs`, 'utf8'), '');
});

test('ERR_EXEC_DEADLINE: a version 1 frozen group holds the child before the program', async (t) => {
  const group = makeGroup(t, 'freezer');
  if (group === undefined) return;
  writeFileSync(`${group.path}/freezer.state`, 'FROZEN');
  try {
    const error = spawnErrorOf(() =>
      spawn('/bin/true', [], {
        stdio: 'ignore',
        cgroup: { v1: { freezer: group.path } },
        execDeadlineMs: 200,
      }),
    );
    // Even SIGKILL does not end what a version 1 freezer holds, until it is thawed.
    assert.ok(['ERR_EXEC_DEADLINE', 'ERR_STUCK_BEFORE_EXEC'].includes(error.code), error.message);
    assert.match(error.message, /200 ms/);
  } finally {
    writeFileSync(`${group.path}/freezer.state`, 'THAWED');
  }
});

test('ERR_EXEC_DEADLINE: a file for stdio that nobody opens at the other end', async (t) => {
  const folder = temporaryFolder(t);
  await run('mkfifo', [`${folder}/fifo`]);
  const error = failure('/bin/true', [], {
    stdio: [{ file: `${folder}/fifo` }, 'ignore', 'ignore'],
    execDeadlineMs: 200,
  });
  assert.deepEqual(facts(error), {
    code: 'ERR_EXEC_DEADLINE',
    step: 'stdio',
    errno: undefined,
    path: error.path,
    isRetryable: true,
  });
  assert.match(error.message, /it had not begun 200 ms after the start and was killed/);
});

test('ERR_NETWORK_NAMESPACE: absent, or another kind of file', () => {
  const absent = failure('/bin/true', [], { networkNamespace: '/run/netns/raw-exec-none' });
  assert.deepEqual(facts(absent), {
    code: 'ERR_NETWORK_NAMESPACE',
    step: 'networkNamespace',
    errno: 2,
    path: '/run/netns/raw-exec-none',
    isRetryable: false,
  });
  assert.equal(
    failure('/bin/true', [], { networkNamespace: '/etc/passwd' }).code,
    'ERR_NETWORK_NAMESPACE',
  );
});

test('ERR_STDIO: a file that cannot be opened, a descriptor that is not open', () => {
  const file = failure('/bin/true', [], { stdio: ['ignore', { file: '/no/such/log' }, 'ignore'] });
  assert.deepEqual(facts(file), {
    code: 'ERR_STDIO',
    step: 'stdio',
    errno: 2,
    path: '/no/such/log',
    isRetryable: false,
  });
  assert.match(file.message, /^cannot open \/no\/such\/log for stdio\[1\]: ENOENT/);
  const closed = failure('/bin/true', [], { stdio: ['ignore', 987_654, 'ignore'] });
  assert.deepEqual([closed.code, closed.errno], ['ERR_STDIO', 9]);
  assert.match(closed.message, /descriptor 987654 as stdio\[1\]/);
});

test('ERR_USER_UNKNOWN and ERR_GROUP_UNKNOWN', () => {
  const user = failure('/bin/true', [], { user: 'raw-exec-none' });
  assert.equal(user.code, 'ERR_USER_UNKNOWN');
  assert.match(
    user.message,
    /^cannot start a process as user 'raw-exec-none': no such user: create it/,
  );
  assert.match(
    failure('/bin/true', [], { user: 3_999_999 }).message,
    /give "group" and "groups" as well/,
  );
  assert.equal(failure('/bin/true', [], { group: 'raw-exec-none' }).code, 'ERR_GROUP_UNKNOWN');
  assert.match(
    failure('/bin/true', [], { groups: ['raw-exec-none'] }).message,
    /supplementary group 'raw-exec-none': no such group/,
  );
});

test('ERR_ABORTED: the signal had fired before', () => {
  const reason = new Error('too late');
  const error = failure('/bin/true', [], { signal: AbortSignal.abort(reason) });
  assert.equal(error.code, 'ERR_ABORTED');
  assert.equal(error.cause, reason);
});

test('ERR_SPAWN_STEP: a process group that does not exist, a CPU that is not there', () => {
  const group = failure('/bin/true', [], { processGroup: 4_194_000 });
  assert.deepEqual([group.code, group.step], ['ERR_SPAWN_STEP', 'processGroup']);
  assert.match(group.message, /^cannot join the process group 4194000: /);
  const cpu = failure('/bin/true', [], { cpuAffinity: [8000] });
  assert.deepEqual([cpu.code, cpu.step, cpu.errno], ['ERR_SPAWN_STEP', 'cpuAffinity', 22]);
});

test('limits of this process are told as such: processes, descriptors, rights', async (t) => {
  const group = makeGroup(t, 'pids');
  if (group === undefined) return;
  const { stdout, stderr, code } = await runProgram('limited-parent.mjs', [group.path]);
  assert.equal(code, 0, stderr);
  const results = JSON.parse(stdout) as Record<
    string,
    { code: string; isRetryable: boolean; message: string }
  >;
  assert.deepEqual(
    [results['processes']?.code, results['processes']?.isRetryable],
    ['ERR_PROCESS_LIMIT', true],
  );
  for (const name of ['files', 'filesForUser', 'filesForGroup']) {
    assert.deepEqual(
      [results[name]?.code, results[name]?.isRetryable],
      ['ERR_TOO_MANY_FILES', true],
      name,
    );
  }
  assert.equal(results['leaked']?.code, 'none');
});

test('ERR_NO_MEMORY: the kernel has none for a step of the start', async (t) => {
  const program = `${temporaryFolder(t)}/no-memory`;
  try {
    const { status, stderr } = await run('cc', ['-o', program, fixture('no-memory.c')]);
    assert.equal(status.exitCode, 0, stderr);
  } catch (error) {
    if (!(error instanceof SpawnError)) throw error;
    t.skip('this machine has no C compiler');
    return;
  }
  const node = [process.execPath, fixture('new-session.mjs'), moduleUrl('process/spawn')];
  const { stdout, stderr } = await run(program, node);
  assert.equal(stdout, 'ERR_NO_MEMORY newSession 12 true\n', stderr);
});

test('ERR_NOT_PERMITTED: what an unprivileged process may not do is refused with what to do', async (t) => {
  if (!isRoot) {
    t.skip('only root can give up its rights to show this');
    return;
  }
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o700);
  const { stdout, stderr, code } = await runProgram('unprivileged-parent.mjs', [folder]);
  assert.equal(code, 0, stderr);
  const results = JSON.parse(stdout) as Record<
    string,
    { code: string; step: string; message: string }
  >;
  const codes = Object.fromEntries(
    Object.entries(results).map(([name, { code, step }]) => [name, `${code} ${step}`]),
  );
  assert.deepEqual(codes, {
    user: 'ERR_NOT_PERMITTED uid',
    cwd: 'ERR_CWD cwd',
    group: 'ERR_NOT_PERMITTED groups',
    kill: 'ERR_NOT_PERMITTED pidfd_send_signal',
    oomScoreAdj: 'ERR_NOT_PERMITTED oomScoreAdj',
    nice: 'ERR_NOT_PERMITTED nice',
    limit: 'ERR_NOT_PERMITTED resourceLimit',
    networkNamespace: 'ERR_NETWORK_NAMESPACE networkNamespace',
    self: 'started exit 0',
  });
  assert.equal(
    results['user']?.message,
    "cannot start a process as user 'root': EPERM (operation not permitted). This process runs as uid 65534 without " +
      'CAP_SETUID: run it as root, give it that capability, or leave "user", "group" and "groups" out',
  );
});
