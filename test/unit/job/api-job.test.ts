import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Job } from '../../../src/job/job-model.ts';
import { type LoadedJob, loadJobFile } from '../../../src/job/load-job-file.ts';
import { problemsOf } from '../../helpers/job-problems.ts';
import { repoRoot } from '../../helpers/repo-root.ts';
import '../../helpers/property-seed.ts';

function load(source: string): LoadedJob {
  return loadJobFile({ source, filename: 'job.json' }, { format: 'api-json' });
}

function jobOf(value: unknown): Job {
  const loaded = load(JSON.stringify(value));
  assert.deepEqual(problemsOf(loaded), []);
  assert.ok(loaded.job);
  return loaded.job;
}

function problems(value: unknown): string[] {
  return problemsOf(load(typeof value === 'string' ? value : JSON.stringify(value, null, 1)));
}

const task = { Name: 'web', Driver: 'raw_exec', Config: { command: '/bin/true' } };
const job = { ID: 'hello', TaskGroups: [{ Name: 'main', Tasks: [task] }] };

const canonical = readFileSync(
  join(repoRoot, 'test', 'fixtures', 'jobs', 'canonical.json'),
  'utf8',
);

describe('a job in the JSON of the API', () => {
  it('is read bare and under Job', () => {
    for (const value of [job, { Job: job }]) {
      assert.equal(jobOf(value).groups[0]?.tasks[0]?.config['command'], '/bin/true');
    }
  });

  it('is told from the JSON syntax of HCL by its keys', () => {
    const loaded = loadJobFile({ source: JSON.stringify({ Job: job }), filename: 'job.json' });
    assert.equal(loaded.job?.id, 'hello');
  });

  it('is accepted without a word as a server gives it back, with all its nulls and defaults', () => {
    const loaded = load(canonical);
    assert.deepEqual(problemsOf(loaded), []);
    assert.equal(loaded.job?.id, 'hello');
    assert.equal(loaded.job.groups[0]?.restart.delayMs, 15_000);
  });

  it('takes durations in nanoseconds and as text', () => {
    const withTimeout = (KillTimeout: unknown): number | undefined =>
      jobOf({ ...job, TaskGroups: [{ Name: 'main', Tasks: [{ ...task, KillTimeout }] }] }).groups[0]
        ?.tasks[0]?.killTimeoutMs;
    assert.equal(withTimeout(7_000_000_000), 7_000);
    assert.equal(withTimeout('7s'), 7_000);
  });

  it('takes its names in any case', () => {
    assert.equal(jobOf({ id: 'hello', taskgroups: job.TaskGroups }).id, 'hello');
  });

  it('has reserved and dynamic ports in two lists', () => {
    const Networks = [
      {
        ReservedPorts: [{ Label: 'http', Value: 8080, To: 0, HostNetwork: 'default' }],
        DynamicPorts: [{ Label: 'admin', Value: 0, To: -1 }],
      },
    ];
    const found = jobOf({ ...job, TaskGroups: [{ Name: 'main', Networks, Tasks: [task] }] });
    assert.deepEqual(found.groups[0]?.networks, [
      {
        mode: 'host',
        ports: [
          { label: 'http', static: 8080, hostNetwork: 'default' },
          { label: 'admin', to: -1, hostNetwork: 'default' },
        ],
      },
    ]);
  });

  it('keeps what is not honoured as it was', () => {
    const loaded = load(
      JSON.stringify({
        ...job,
        Affinities: [{ LTarget: '${node.class}', RTarget: 'x', Weight: 50 }],
      }),
    );
    assert.deepEqual(loaded.job?.notHonoured['Affinities'], [
      { LTarget: '${node.class}', RTarget: 'x', Weight: 50 },
    ]);
    assert.deepEqual(problemsOf(loaded), [
      'job.json:1:138: warning: "affinity" has no effect: there is one host, so there is nothing to choose from',
    ]);
  });

  it('has its problems told with their places, all at once', () => {
    assert.deepEqual(
      problems({
        ID: 'hello',
        Prioriti: 5,
        Priority: 'high',
        TaskGroups: [{ Name: 'main', Count: -1, Tasks: [{ ...task, Driver: 'docker' }] }],
      }),
      [
        'job.json:3:2: error: unknown key "Prioriti" in job | Did you mean "Priority"?',
        'job.json:4:14: error: "priority" must be a whole number, and is the text "high"',
        'job.json:8:13: error: "count" must not be negative, and is the number -1',
        'job.json:12:16: error: the driver must be "raw_exec", and is "docker" (containers are not run here)',
      ],
    );
  });

  it('says what a thing must be that is of the wrong shape', () => {
    assert.deepEqual(problems('[]'), [
      'job.json:1:1: error: a job must be an object, and is a list',
    ]);
    assert.deepEqual(problems('{"Job": 5}'), [
      'job.json:1:9: error: a job must be an object, and is the number 5',
    ]);
    assert.deepEqual(problems('{"ID": "a", "TaskGroups": 5}'), [
      'job.json:1:1: error: the job has no group, so there is nothing to run',
      'job.json:1:27: error: "TaskGroups" must be a list of objects, and is the number 5',
    ]);
  });

  it('is refused at the first character that is no JSON', () => {
    const cases: [string, string][] = [
      ['', '1:1: error: the file ends too early: a value is expected here'],
      ['{', '1:2: error: the file ends too early: a name in double quotes is expected here'],
      ['{"a" 1}', '1:6: error: ":" is expected here'],
      ['{"a":1 "b":2}', '1:8: error: "," or "}" is expected here'],
      ['{a:1}', '1:2: error: a name in double quotes is expected here'],
      ['[1 2]', '1:4: error: "," or "]" is expected here'],
      ['[1,]', '1:4: error: a value is expected here'],
      ['{"a":tru}', '1:6: error: a value is expected here'],
      ['{"a":"x\ny"}', '1:8: error: the text does not end on its line'],
      ['{"a":"\\x"}', '1:7: error: this escape is unknown'],
      ['{} {}', '1:4: error: the file must end after its value'],
      ['\n\n  é', '3:3: error: a value is expected here'],
    ];
    for (const [source, problem] of cases) {
      assert.deepEqual(problems(source), [`job.json:${problem}`], source);
    }
  });

  it('is refused when it is nested without end, instead of running out of stack', () => {
    assert.deepEqual(problems('['.repeat(100_000)), [
      'job.json:1:202: error: values must not be nested deeper than 200 levels',
    ]);
  });

  it('never makes loading throw, whatever the JSON', () => {
    const keys = fc.constantFrom(
      'ID',
      'TaskGroups',
      'Tasks',
      'Name',
      'Config',
      'Env',
      'Count',
      'Networks',
      'Meta',
      '__proto__',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6, withCrossShrink: true },
        fc.constantFrom(null, true, 0, -1, 1.5, '', 'raw_exec', '5s', '${x}'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(fc.property(tree, (value) => void load(JSON.stringify(value))));
  });

  it('never makes loading throw, whatever the text', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      'ID',
      'null',
      '1',
      '-',
      '\\',
      '\n',
      ' ',
      '${',
    );
    fc.assert(fc.property(fc.array(pieces), (parts) => void load(parts.join(''))));
  });
});
