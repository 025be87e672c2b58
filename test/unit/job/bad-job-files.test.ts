import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadJobFile } from '../../../src/job/load-job-file.ts';
import { jobWithTask, loadHcl } from '../../helpers/hcl-job.ts';
import { problemsOf } from '../../helpers/job-problems.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import '../../helpers/property-seed.ts';

const config = 'config { command = "/bin/true" }';

function problems(source: string): string[] {
  return problemsOf(loadHcl(source));
}

/** Problems of a task whose lines begin in line 4 of the file. */
function taskProblems(lines: string): string[] {
  return problems(jobWithTask(lines));
}

describe('a job file that cannot run', () => {
  it('has an argument or a block that nobody knows', () => {
    assert.deepEqual(taskProblems(`${config}\nusr = "x"`), [
      'job.hcl:5:1: error: unknown argument "usr" in task "t" | Did you mean "user"?',
    ]);
    assert.deepEqual(taskProblems(`${config}\nresource {\n}`), [
      'job.hcl:5:1: error: unknown block "resource" in task "t" | Did you mean "resources"?',
    ]);
    assert.deepEqual(taskProblems(`${config}\nlogs { quux = 1 }`), [
      'job.hcl:5:8: error: unknown argument "quux" in logs | Allowed here: disabled, enabled, max_file_size, max_files',
    ]);
    assert.deepEqual(problems(`jobb "j" {}\n`), [
      'job.hcl:1:1: error: unknown block "jobb" at the top of a job file | Did you mean "job"?',
      'job.hcl:1:1: error: the file has no job block: write job "name" { … }',
    ]);
  });

  it('has an argument of config that raw_exec does not know', () => {
    assert.deepEqual(taskProblems('config {\n command = "/bin/true"\n arg = ["a"]\n}'), [
      'job.hcl:6:2: error: config of task "t": arg: unknown key. Did you mean args?',
    ]);
  });

  it('has no command', () => {
    assert.deepEqual(taskProblems('config {}'), [
      'job.hcl:4:1: error: config of task "t": command: is required',
    ]);
    assert.deepEqual(taskProblems(''), [
      'job.hcl:2:1: error: config of task "t": command: is required',
    ]);
  });

  it('has both cgroup overrides', () => {
    assert.deepEqual(
      taskProblems(
        'config {\ncommand = "/bin/true"\ncgroup_v2_override = "a"\ncgroup_v1_override { pids = "b" }\n}',
      ),
      [
        'job.hcl:6:1: error: config of task "t": cgroup_v2_override: cannot be given together with cgroup_v1_override: remove one of them',
      ],
    );
  });

  it('has a value of the wrong type', () => {
    assert.deepEqual(taskProblems(`${config}\nuser = ["a"]`), [
      'job.hcl:5:8: error: "user" must be text, and is a list',
    ]);
    assert.deepEqual(taskProblems(`${config}\nleader = "maybe"`), [
      'job.hcl:5:10: error: "leader" must be true or false, and is the text "maybe"',
    ]);
    assert.deepEqual(taskProblems(`${config}\nresources { cpu = 1.5 }`), [
      'job.hcl:5:19: error: "cpu" must be a whole number, and is the number 1.5',
    ]);
    assert.deepEqual(taskProblems(`${config}\nkill_timeout = "5 parsecs"`), [
      'job.hcl:5:16: error: "kill_timeout" must be a duration such as "30s", "1h30m" or "250ms", or a number of nanoseconds: "5 parsecs" is no duration: the unit " parsecs" is unknown; allowed are ns, us, ms, s, m, h',
    ]);
    assert.deepEqual(taskProblems(`${config}\nenv = { A = ["b"] }`), [
      'job.hcl:5:13: error: "env.A" must be text, and is a list',
    ]);
    assert.deepEqual(
      taskProblems('config {\ncommand = ["a"]\n}').map((line) => line.slice(0, 47)),
      ['job.hcl:5:1: error: config of task "t": command'],
    );
  });

  it('takes a block for an argument, or an argument for a block', () => {
    assert.deepEqual(taskProblems(`${config}\nlogs = { max_files = 1 }`), [
      'job.hcl:5:1: error: "logs" is a block: write logs { … } without "="',
    ]);
    assert.deepEqual(taskProblems(`${config}\nuser {\n}`), [
      'job.hcl:5:1: error: "user" is an argument: write user = …',
    ]);
  });

  it('has env or meta twice', () => {
    assert.deepEqual(taskProblems(`${config}\nenv = { A = "b" }\nenv { B = "c" }`), [
      'job.hcl:5:1: error: "env" stands here as an argument and as a block: remove one of them',
    ]);
    assert.deepEqual(taskProblems(`${config}\nmeta { A = "b" }\nmeta { B = "c" }`), [
      'job.hcl:6:1: error: there may be only one "meta" block here',
    ]);
  });

  it('has a block twice that may stand once', () => {
    assert.deepEqual(taskProblems(`${config}\n${config}`), [
      'job.hcl:5:1: error: there may be only one "config" block here',
    ]);
  });

  it('has two tasks, groups, ports or leaders where one is allowed', () => {
    const task = (name: string, more = ''): string =>
      `task "${name}" {\ndriver = "raw_exec"\n${config}\n${more}\n}\n`;
    assert.deepEqual(problems(`job "j" {\ngroup "g" {\n${task('t')}${task('t')}}\n}\n`), [
      'job.hcl:8:6: error: two tasks of group "g" are named "t": each needs a name of its own',
    ]);
    assert.deepEqual(
      problems(`job "j" {\ngroup "g" {\n${task('t')}}\ngroup "g" {\n${task('t')}}\n}\n`),
      ['job.hcl:9:7: error: two groups are named "g": each needs a name of its own'],
    );
    assert.deepEqual(
      problems(
        `job "j" {\ngroup "g" {\n${task('a', 'leader = true')}${task('b', 'leader = true')}}\n}\n`,
      ),
      ['job.hcl:11:10: error: group "g" has two leaders: only one task may be it'],
    );
    assert.deepEqual(
      problems(
        `job "j" {\ngroup "g" {\nnetwork {\nport "a" {}\nport "a" {}\n}\n${task('t')}}\n}\n`,
      ),
      ['job.hcl:5:6: error: two ports are named "a": each needs a name of its own'],
    );
  });

  it('has another driver, or none', () => {
    assert.deepEqual(problems(`job "j" {\ntask "t" {\n${config}\n}\n}\n`), [
      'job.hcl:2:1: error: task "t" needs a driver: write driver = "raw_exec"',
    ]);
    assert.deepEqual(problems(`job "j" {\ntask "t" {\ndriver = "exec"\n${config}\n}\n}\n`), [
      'job.hcl:3:10: error: the driver must be "raw_exec", and is "exec" (exec isolates the task in a chroot, which raw_exec does not)',
    ]);
    assert.deepEqual(problems(`job "j" {\ntask "t" {\ndriver = "rawexec"\n${config}\n}\n}\n`), [
      'job.hcl:3:10: error: the driver must be "raw_exec", and is "rawexec"',
    ]);
  });

  it('has nothing to run', () => {
    assert.deepEqual(problems('job "j" {\n}\n'), [
      'job.hcl:1:1: error: the job has no group, so there is nothing to run',
    ]);
    assert.deepEqual(problems('job "j" {\ngroup "g" {\n}\n}\n'), [
      'job.hcl:2:1: error: group "g" has no task, so there is nothing to run',
    ]);
    assert.deepEqual(problems(''), [
      'job.hcl:1:1: error: the file has no job block: write job "name" { … }',
    ]);
  });

  it('has two jobs, or one without or with two labels', () => {
    const job = jobWithTask(config);
    assert.deepEqual(problems(job + job), [
      'job.hcl:7:1: error: a file has one job, and this is a second one',
    ]);
    assert.deepEqual(problems(job.replace('"j"', '"j" "k"')), [
      'job.hcl:1:9: error: "job" takes one label, and has more',
    ]);
    assert.deepEqual(problems(job.replace('"j"', '')), [
      'job.hcl:1:1: error: "job" needs a label: write job "id" { … }',
      'job.hcl:1:1: error: the job needs a name',
    ]);
    assert.deepEqual(taskProblems(`${config}\nlogs "x" {\n}`), [
      'job.hcl:5:6: error: "logs" takes no label, and has more',
    ]);
  });

  it('has a value that is out of its bounds', () => {
    assert.deepEqual(taskProblems(`${config}\nkill_timeout = "-1s"`), [
      'job.hcl:5:16: error: "kill_timeout" must not be negative, and is the number -1000',
    ]);
    assert.deepEqual(taskProblems(`${config}\nkill_timeout = "1000h"`), [
      'job.hcl:5:16: error: "kill_timeout" must be at most 596h31m23.647s, and is 1000h0m0s',
    ]);
    assert.deepEqual(taskProblems(`${config}\nshutdown_delay = "597h"`), [
      'job.hcl:5:18: error: "shutdown_delay" must be at most 596h31m23.647s, and is 597h0m0s',
    ]);
    assert.deepEqual(taskProblems(`${config}\nrestart {\ndelay = "-1s"\ninterval = "-1s"\n}`), [
      'job.hcl:5:1: warning: "restart" has no effect: a task is started again by an agent, or by `raw-exec run --restart`',
      'job.hcl:6:9: error: "delay" must not be negative, and is the number -1000',
      'job.hcl:7:12: error: "interval" must not be negative, and is the number -1000',
    ]);
    assert.deepEqual(taskProblems(`${config}\nlogs { max_files = 0 }`), [
      'job.hcl:5:20: error: "max_files" must be at least 1, and is the number 0',
    ]);
    assert.deepEqual(taskProblems(`${config}\nresources {\nmemory = 100\nmemory_max = 50\n}`), [
      'job.hcl:7:14: error: "memory_max" must not be less than memory (100), and is 50; -1 means no limit',
    ]);
    assert.deepEqual(taskProblems(`${config}\nkill_signal = "SIGNULL"`), [
      'job.hcl:5:15: error: "kill_signal" must be the name of a signal such as "SIGTERM", and is "SIGNULL" | Did you mean "SIGILL"?',
    ]);
    assert.deepEqual(taskProblems(`${config}\nkill_signal = "SIGTREM"`), [
      'job.hcl:5:15: error: "kill_signal" must be the name of a signal such as "SIGTERM", and is "SIGTREM" | Did you mean "SIGTERM"?',
    ]);
    assert.deepEqual(taskProblems(`${config}\nlifecycle { hook = "later" }`), [
      'job.hcl:5:20: error: the hook of a lifecycle must be one of prestart, poststart, poststop, and is "later"',
    ]);
    assert.deepEqual(taskProblems(`${config}\nrestart { mode = "never" }`), [
      'job.hcl:5:1: warning: "restart" has no effect: a task is started again by an agent, or by `raw-exec run --restart`',
      'job.hcl:5:18: error: the mode of a restart policy must be one of fail, delay, and is "never"',
    ]);
    assert.deepEqual(problems(jobWithTask(config).replace('{', '{\ntype = "cron"')), [
      'job.hcl:2:8: error: job type must be one of service, batch, sysbatch, system, and is "cron"',
    ]);
    assert.deepEqual(problems(jobWithTask(config).replace('"t"', '"../t"')), [
      'job.hcl:2:6: error: the name of a group must have no slash and not be . or .., and is "../t"',
      'job.hcl:2:6: error: the name of a task must have no slash and not be . or .., and is "../t"',
    ]);
    assert.deepEqual(problems(jobWithTask(config).replace('"j"', '"a b"')), [
      'job.hcl:1:5: error: the id of a job must have no blanks, and is "a b"',
    ]);
  });

  it('has what would be wrong to leave out', () => {
    const job = (lines: string): string =>
      `job "j" {\n${lines}\ntask "t" {\ndriver = "raw_exec"\n${config}\n}\n}\n`;
    assert.deepEqual(
      taskProblems(`${config}\ntemplate {\ndata = "x"\ndestination = "local/x"\n}`),
      [
        'job.hcl:5:1: error: "template" cannot be honoured here, and the task would run without the file: write the file before the run and give its path, or put its values in env',
      ],
    );
    assert.deepEqual(taskProblems(`${config}\nartifact { source = "x" }`), [
      'job.hcl:5:1: error: "artifact" cannot be honoured here, and the task would run without the file: fetch it before the run and give its path in command or args',
    ]);
    assert.deepEqual(problems(job('periodic { cron = "@daily" }')), [
      'job.hcl:2:1: error: "periodic" cannot be honoured here, and the job would run once and now: remove the block to run it now, and let a systemd timer or cron run it by the clock',
    ]);
    assert.deepEqual(problems(job('parameterized {}')), [
      'job.hcl:2:1: error: "parameterized" cannot be honoured here, and the job would run without its parameters: remove the block and give the values in meta or by -var',
    ]);
  });

  it('has all of its problems told at once, in the order of the file', () => {
    const source = `job "j" {
  prio = 1
  group "g" {
    count = "many"
    task "t" {
      driver = "docker"
      config {
        comand = "/bin/true"
      }
    }
  }
}
`;
    assert.deepEqual(
      problems(source).map((line) => line.split(':').slice(1, 3).join(':')),
      ['2:3', '4:13', '6:16'],
    );
  });

  it('cannot be read', () => {
    assert.deepEqual(problemsOf(loadJobFile('/nonexistent/job.hcl')), [
      "error: cannot read /nonexistent/job.hcl: ENOENT: no such file or directory, open '/nonexistent/job.hcl'",
    ]);
  });

  it('is not text', (t) => {
    const path = join(temporaryFolder(t), 'job.hcl');
    writeFileSync(path, Buffer.from([0x6a, 0xff, 0xfe]));
    assert.deepEqual(problemsOf(loadJobFile(path)), [
      `error: cannot read ${path}: it is not UTF-8 text`,
    ]);
  });

  it('is told with a place in next to no time, however deep or long it is', () => {
    const sources = [
      `job "j" {\nx = ${'['.repeat(100_000)}\n}\n`,
      `job "j" {\nx = ${'('.repeat(100_000)}\n}\n`,
      `job "j" {\nx = "${'${"'.repeat(20_000)}\n}\n`,
      `job "j" {\nx = ${'!'.repeat(100_000)}true\n}\n`,
      `job "j" {\nx = a${'.b'.repeat(100_000)}\n}\n`,
      'job {\n'.repeat(20_000),
      'job "j" {\nx = <<EOT\nno end\n}\n',
      `{"job": ${'{"a":'.repeat(100_000)}`,
    ];
    for (const source of sources) {
      const [first] = loadHcl(source).diagnostics;
      assert.equal(first?.severity, 'error');
      assert.ok(first.range, first.summary);
    }
  });

  it('never makes loading throw, whatever stands in it', () => {
    const pieces = fc.constantFrom(
      'job "j" {',
      '}',
      'group "g" {',
      'task "t" {',
      'config {',
      'env {',
      'command = ',
      'dynamic "task" {',
      'for_each = ',
      'content {',
      'variable "v" {',
      'default = ',
      'type = list(string)',
      'locals {',
      'a = local.a',
      '"${var.v}"',
      '[1, 2]',
      '{ a = 1 }',
      'null',
      '<<E\nx\nE',
      '\n',
      ' ',
      'for x in',
      '"',
      '${',
      '(',
      ')',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => void loadHcl(parts.join(''))),
    );
  });

  it('never makes loading throw for one wrong character in a good file', () => {
    const good = `variable "n" {\n  default = 1\n}\n\n${jobWithTask(`config {\n  command = "/bin/\${var.n}"\n  args = [for x in [1] : x]\n}\nenv { A = "b" }`)}`;
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.string({ minLength: 0, maxLength: 2 }),
        (at, text) => {
          loadHcl(good.slice(0, at) + text + good.slice(at + 1));
        },
      ),
    );
  });
});
