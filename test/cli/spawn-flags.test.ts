// Every flag of `raw-exec spawn`: what it does, and what it says to a bad value.

import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../helpers/command-line.ts';
import { temporaryDirectory } from '../helpers/job-file.ts';

const isRoot = process.geteuid?.() === 0;
const needsRoot = isRoot ? false : 'needs root';

async function shellOutput(flags: readonly string[], script: string): Promise<string> {
  const { stdout, stderr, code } = await runCli(['spawn', ...flags, '--', '/bin/sh', '-c', script]);
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  return stdout.trimEnd();
}

const effects: readonly [readonly string[], string, string | RegExp][] = [
  [['--cwd', '/usr'], 'pwd', '/usr'],
  [['-C', '/usr'], 'pwd', '/usr'],
  [
    ['--clear-env', '-e', 'A=1=2', '--env', 'B=', '-e', '__proto__=x'],
    '/usr/bin/env | grep -v ^PWD | sort',
    'A=1=2\nB=\n__proto__=x',
  ],
  [['-e', 'HOME'], 'echo "${HOME-gone}"', 'gone'],
  [['--umask', '027'], 'umask', '0027'],
  [['--stdin', '/dev/null'], 'cat', ''],
  [['--stdin', 'ignore'], 'readlink /proc/self/fd/0', '/dev/null'],
  [['--stdin', 'closed'], 'test -e /proc/$$/fd/0 || echo closed', 'closed'],
  [['--stderr', 'fd:1'], 'echo to stderr >&2', 'to stderr'],
  [
    ['--fd', '5=read:/dev/zero'],
    'readlink /proc/$$/fd/5; test -e /proc/$$/fd/4 || echo only',
    '/dev/zero\nonly',
  ],
  [['--process-group', 'new'], 'test "$(cut -d" " -f5 /proc/$$/stat)" = $$ && echo leads', 'leads'],
  [['--new-session'], 'test "$(cut -d" " -f6 /proc/$$/stat)" = $$ && echo leads', 'leads'],
  [['--no-new-privs'], 'grep NoNewPrivs /proc/self/status', 'NoNewPrivs:\t1'],
  [['--limit', 'nofile=64', '--limit', 'core=0:unlimited'], 'ulimit -n; ulimit -Sc', '64\n0'],
  [['--limit', 'NOFILE=32:48'], 'ulimit -Sn; ulimit -Hn', '32\n48'],
  [['--nice', '7'], 'cut -d" " -f19 /proc/self/stat', '7'],
  [['--cpus', '0'], 'grep Cpus_allowed_list /proc/self/status', 'Cpus_allowed_list:\t0'],
  [['--oom-score-adj', '321'], 'cat /proc/self/oom_score_adj', '321'],
  [
    ['--exec-deadline', '5s', '--kill-signal', 'int', '--parent-death-signal', 'KILL'],
    'echo started',
    'started',
  ],
];

for (const [flags, script, expected] of effects) {
  test(`${flags.join(' ')} has its effect`, async () => {
    const output = await shellOutput(flags, script);
    if (typeof expected === 'string') assert.equal(output, expected);
    else assert.match(output, expected);
  });
}

test('--argv0 is what the program sees as its name', async () => {
  const { stdout } = await runCli([
    'spawn',
    '--argv0',
    'renamed',
    '/bin/cat',
    '/proc/self/cmdline',
  ]);
  assert.equal(stdout, 'renamed\0/proc/self/cmdline\0');
});

test('--stdout and --stderr make files, with the mode of --file-mode', async (t) => {
  const dir = await temporaryDirectory(t);
  const out = join(dir, 'out');
  await writeFile(out, 'old\n');
  const script = 'echo new; echo error >&2';
  await shellOutput(
    ['--stdout', `append:${out}`, '--stderr', `${dir}/err`, '--file-mode', '0640', '--umask', '0'],
    script,
  );
  assert.equal(await readFile(out, 'utf8'), 'old\nnew\n');
  assert.equal(await readFile(join(dir, 'err'), 'utf8'), 'error\n');
  assert.equal((await stat(join(dir, 'err'))).mode & 0o7777, 0o640);
});

test('--user, --group and --groups change who the program is', { skip: needsRoot }, async () => {
  assert.equal(await shellOutput(['-u', 'nobody'], 'id -un'), 'nobody');
  assert.equal(
    await shellOutput(['-u', '65534', '-g', '0', '--groups', '1,2'], 'id -u; id -g; id -G'),
    '65534\n0\n0 1 2',
  );
});

const badValues: readonly [readonly string[], RegExp][] = [
  [
    ['--nice', 'x'],
    /^raw-exec spawn: option '--nice <n>' argument 'x' is invalid\. It must be a whole number\. See raw-exec spawn --help\.\n$/,
  ],
  [['--nice', '99'], /^raw-exec spawn: --nice is 99; it must be an integer from -20 to 19\n$/],
  [
    ['--oom-score-adj', '1001'],
    /^raw-exec spawn: --oom-score-adj is 1001; it must be an integer from -1000 to 1000\n$/,
  ],
  [['--umask', '9'], /It must be an octal number such as 022\./],
  [['--umask', '1000'], /^raw-exec spawn: --umask is /],
  [['--cpus', '3-1'], /It must be CPU numbers and ranges such as 0-3,6\./],
  [['--cpus', '0', '--limit', 'nofile'], /It must have the form NAME=VALUE or NAME=SOFT:HARD/],
  [
    ['--limit', 'nofiles=1'],
    /^raw-exec spawn: --limit: there is no nofiles; did you mean "nofile"\?\n$/,
  ],
  [['--limit', 'nofile=9:1'], /^raw-exec spawn: --limit nofile is /],
  [['--limit', 'nofile=1', '--limit', 'nofile=2'], /nofile is given twice\./],
  [['--process-group', 'old'], /It must be inherit, new, or the id of a process group\./],
  [['--stop', 'SIGTEM:5s'], /There is no such signal\. Did you mean SIGTERM\?/],
  [['--stop', 'SIGTERM:5'], /a unit is missing after 5/],
  [['--stop', 'SIGTERM@group:5s'], /Give --process-group new or --new-session, too\.\n$/],
  [['--kill-signal', 'NOPE'], /There is no such signal\./],
  [['--timeout', '0s'], /It must be longer than 0\./],
  [['--timeout', 'soon'], /It must be a duration such as "30s"/],
  [['--timeout', '1000h'], /It must be at most 596h31m23\.647s\./],
  [['--stop', 'SIGTERM:1000h'], /It must be at most 596h31m23\.647s\./],
  [['--fd', '1=x'], /For 0, 1 and 2 use --stdin, --stdout, --stderr\./],
  [['--fd', '64=x'], /The highest descriptor that can be given is 63\./],
  [['--fd', 'x'], /A descriptor is a number/],
  [['--stdin', 'read:'], /The name of the file is missing\./],
  [
    ['--stdout', '/no/such/dir/file'],
    /^raw-exec spawn: cannot open \/no\/such\/dir\/file .*ENOENT/,
  ],
  [['--stdout', 'fd:999'], /^raw-exec spawn: .*EBADF/],
  [
    ['--cwd', '/no/such/dir'],
    /^raw-exec spawn: cannot change to the directory \/no\/such\/dir: ENOENT/,
  ],
  [
    ['--cgroup', '/sys/fs/cgroup/no-such-group'],
    /^raw-exec spawn: cannot enter the cgroup .*ENOENT/,
  ],
  [['--cgroup-v1', 'pids'], /It must have the form CONTROLLER=DIR\./],
  [['--network-namespace', '/no/such/ns'], /^raw-exec spawn: .*\/no\/such\/ns.*ENOENT/],
  [['--user', 'no-such-user'], /^raw-exec spawn: .*no such user/],
  [['--group', 'no-such-group'], /^raw-exec spawn: .*no such group/],
];

for (const [flags, message] of badValues) {
  test(`${flags.join(' ')} is refused, and nothing is started`, async () => {
    const { stdout, stderr, code } = await runCli(['spawn', ...flags, '--', 'echo', 'started']);
    assert.match(stderr, message);
    assert.deepEqual({ stdout, code }, { stdout: '', code: 125 });
    assert.equal(stderr.trimEnd().split('\n').length, 1);
  });
}
