// `raw-exec validate`: every problem with its place, and nothing is started.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCli } from '../helpers/command-line.ts';
import { temporaryDirectory } from '../helpers/job-file.ts';

async function hclFile(t: TestContext, source: string): Promise<string> {
  const path = join(await temporaryDirectory(t), 'job.nomad.hcl');
  await writeFile(path, source);
  return path;
}

const task = (name: string, config: string, driver = 'raw_exec'): string =>
  `    task "${name}" {\n      driver = "${driver}"\n      config {\n        ${config}\n      }\n    }\n`;
const job = (body: string): string => `job "j" {\n  group "g" {\n${body}  }\n}\n`;

test('a good file is valid', async (t) => {
  const file = await hclFile(t, job(task('a', 'command = "true"')));
  const { stdout, stderr, code } = await runCli(['validate', file]);
  assert.deepEqual({ stdout, stderr, code }, { stdout: `${file}: valid\n`, stderr: '', code: 0 });
});

test('warnings do not make a file wrong', async (t) => {
  const file = await hclFile(
    t,
    job(`    update {\n      canary = 1\n    }\n${task('a', 'command = "true"')}`),
  );
  const { stdout, stderr, code } = await runCli(['validate', file]);
  assert.equal(code, 0);
  assert.equal(stdout, `${file}: valid (1 warning)\n`);
  assert.match(stderr, /:3:5: warning: .*update/);
});

const wrong: readonly [string, string, readonly RegExp[]][] = [
  [
    'an unknown key',
    job(task('a', 'command = "true"\n        comand = "x"')),
    [/:7:9: error: .*comand/],
  ],
  [
    'an unknown block',
    job(`    taks "a" {}\n${task('a', 'command = "true"')}`),
    [/:3:5: error: .*taks/],
  ],
  [
    'a wrong type',
    job(task('a', 'command = "true"\n        args = "x"')),
    [/:7:9: error: .*args.* must be a list/],
  ],
  [
    'two tasks of one name',
    job(task('a', 'command = "true"') + task('a', 'command = "true"')),
    [/error: .*named "a"/],
  ],
  ['a missing command', job(task('a', '')), [/error: .*command.* is required/]],
  [
    'both cgroup overrides, and a negative oom_score_adj beside them',
    job(
      task(
        'a',
        'command = "true"\n        cgroup_v2_override = "x"\n        oom_score_adj = -1\n        cgroup_v1_override {\n          pids = "y"\n        }',
      ),
    ),
    [/:7:\d+: error: .*cannot be given together/, /:8:\d+: error: .*oom_score_adj/],
  ],
  [
    'another driver',
    job(task('a', 'image = "x"', 'docker')),
    [/error: the driver must be "raw_exec", and is "docker"/],
  ],
  ['a file that ends too soon', 'job "j" {\n  group "g" {\n', [/error: /]],
];

for (const [what, source, messages] of wrong) {
  test(`${what} is told with its place, by validate and by run`, async (t) => {
    const file = await hclFile(t, source);
    for (const command of ['validate', 'run']) {
      const { stdout, stderr, code } = await runCli([command, file]);
      assert.equal(code, 1, stdout);
      assert.ok(stderr.startsWith(`${file}:`), stderr);
      for (const message of messages) assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+\)?$/m);
      if (command === 'run') assert.match(stderr, /cannot be run; nothing was started\.\n$/);
    }
  });
}

test('a value that only the start of a task shows to be wrong is told before anything is started', async (t) => {
  const file = await hclFile(
    t,
    job(task('a', 'command = "echo"') + task('b', 'command = "$' + '{NOMAD_META_absent}"')),
  );
  const { stdout, stderr, code } = await runCli(['run', file]);
  assert.deepEqual({ stdout, code }, { stdout: '', code: 1 });
  assert.match(stderr, /:12:9: error: config of task "b": command: cannot be evaluated/);
});

test('--json gives all problems with their places, also with one dash', async (t) => {
  const file = await hclFile(t, job(task('a', 'comand = "x"')));
  for (const flag of ['--json', '-json']) {
    const { stdout, stderr, code } = await runCli(['validate', flag, file]);
    assert.deepEqual({ stderr, code }, { stderr: '', code: 1 });
    const { valid, errors, warnings } = JSON.parse(stdout);
    assert.deepEqual({ valid, warnings }, { valid: false, warnings: [] });
    assert.ok(
      errors.some(
        (error: { line: number; column: number }) => error.line === 6 && error.column === 9,
      ),
      stdout,
    );
  }
});

test('a file that is not there is told in one line', async () => {
  const { stderr, code } = await runCli(['validate', '/no/such/job.hcl']);
  assert.equal(code, 1);
  assert.match(stderr, /\/no\/such\/job\.hcl.*ENOENT|no such file/);
});

test('the file may come from standard input, and its variables from flags and files', async (t) => {
  const source = `variable "command" {}\nvariable "text" {}\n${job(task('a', 'command = var.command\n        args = [var.text]'))}`;
  const vars = join(await temporaryDirectory(t), 'vars.hcl');
  await writeFile(vars, 'command = "echo"\n');
  const args = ['run', '-var-file', vars, '-var=text=from flags', '-'];
  const { stdout, stderr, code } = await runCli(args, { input: source });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, '[a] from flags\n');
});

test('a kill signal that only the environment tells is looked at too', async (t) => {
  const withSignal = (name: string): string =>
    job(
      `    task "a" {\n      driver = "raw_exec"\n      kill_signal = "\${END_BY}"\n` +
        `      env {\n        END_BY = "${name}"\n      }\n      config {\n        command = "true"\n      }\n    }\n`,
    );
  const wrongFile = await hclFile(t, withSignal('SIGTREM'));
  const { stderr, code } = await runCli(['validate', wrongFile]);
  assert.match(
    stderr,
    /error: "kill_signal" of task "a" must be the name of a signal such as "SIGTERM", and becomes "SIGTREM"/,
  );
  assert.equal(code, 1);
  assert.equal((await runCli(['validate', await hclFile(t, withSignal('SIGTERM'))])).code, 0);
});

test('constraints that do not hold on this host are all told, and nothing runs', async (t) => {
  const file = await hclFile(
    t,
    `job "j" {
  constraint {
    attribute = "\${attr.kernel.name}"
    value     = "windows"
  }
  constraint {
    attribute = "\${attr.kernel.name}"
    operator  = "regexp"
    value     = "^lin"
  }
  group "g" {
    count = 2
    constraint {
      distinct_hosts = true
    }
    task "a" {
      driver = "raw_exec"
      config {
        command = "/bin/echo"
        args    = ["ran"]
      }
      constraint {
        attribute = "\${attr.driver.raw_exec.containment}"
        operator  = "is_set"
      }
      constraint {
        attribute = "\${attr.driver.raw_exec.nonsense}"
        operator  = "is_set"
      }
    }
  }
}
`,
  );
  for (const command of ['validate', 'run']) {
    const { stdout, stderr, code } = await runCli([command, file]);
    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /ran/);
    const told = stderr.split('\n').filter((line) => line.includes('the constraint'));
    assert.deepEqual(
      told.map((line) => line.replace(/^.*error: the constraint /, '')),
      [
        '${attr.kernel.name} = "windows" of job "j" does not hold on this host: here it is "linux". Leave it out, or run the job where it holds',
        'distinct_hosts of group "g" does not hold on this host: there is one host, and the group has a count of 2. Leave it out, or run the job where it holds',
        '${attr.driver.raw_exec.nonsense} is_set of task "a" does not hold on this host: this host has no ${attr.driver.raw_exec.nonsense}. Leave it out, or run the job where it holds',
      ],
    );
  }
});
