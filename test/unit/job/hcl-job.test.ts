import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadJobFile } from '../../../src/job/load-job-file.ts';
import { hclJob, hclTask, jobWithTask, loadHcl } from '../../helpers/hcl-job.ts';
import { problemsOf } from '../../helpers/job-problems.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const config = 'config { command = "/bin/true" }';

describe('a job file in HCL', () => {
  it('has every default of Nomad filled in', () => {
    const job = hclJob(jobWithTask(config));
    const [group] = job.groups;
    const [task] = group?.tasks ?? [];
    assert.deepEqual(
      { ...job, groups: [] },
      {
        id: 'j',
        name: 'j',
        type: 'service',
        namespace: 'default',
        region: 'global',
        priority: 50,
        datacenters: ['*'],
        meta: {},
        constraints: [],
        groups: [],
        notHonoured: {},
      },
    );
    assert.deepEqual(group?.restart, {
      attempts: 2,
      intervalMs: 1_800_000,
      delayMs: 15_000,
      mode: 'fail',
      renderTemplates: false,
    });
    assert.equal(group.count, 1);
    assert.deepEqual(task?.resources, {
      cpuMHz: 100,
      cores: 0,
      memoryMB: 300,
      memoryMaxMB: 0,
      networks: [],
    });
    assert.deepEqual(task.logs, { maxFiles: 10, maxFileSizeMB: 10, isDisabled: false });
    assert.equal(task.killTimeoutMs, 5_000);
  });

  it('has other defaults for batch jobs', () => {
    const { groups } = hclJob(
      `job "j" {\n type = "batch"\n task "t" {\n driver = "raw_exec"\n ${config}\n }\n }\n`,
    );
    assert.equal(groups[0]?.restart.attempts, 3);
    assert.equal(groups[0].reschedule.attempts, 1);
  });

  it('makes a group of a task directly under job', () => {
    assert.equal(hclJob(jobWithTask(config)).groups[0]?.name, 't');
  });

  it('takes env and meta as block and as argument', () => {
    assert.deepEqual(hclTask(`${config}\nenv { A = "b" }`).env, { A: 'b' });
    assert.deepEqual(hclTask(`${config}\nenv = { A = 1, "b.c" = true }`).env, {
      A: '1',
      'b.c': 'true',
    });
    assert.deepEqual(hclTask(`${config}\nmeta { a = "b" }`).meta, { a: 'b' });
  });

  it('makes lists of objects of blocks in config', () => {
    const task = hclTask(
      'config {\ncommand = "/bin/true"\ncgroup_v1_override { pids = "a" }\ncgroup_v1_override { memory = "b" }\n}',
    );
    assert.deepEqual(task.config['cgroup_v1_override'], [{ pids: 'a' }, { memory: 'b' }]);
  });

  it('takes durations as text and as nanoseconds', () => {
    assert.equal(hclTask(`${config}\nkill_timeout = "1m30s"`).killTimeoutMs, 90_000);
    assert.equal(hclTask(`${config}\nkill_timeout = 2000000000`).killTimeoutMs, 2_000);
    assert.equal(hclTask(`${config}\nkill_timeout = "1500us"`).killTimeoutMs, 2);
  });

  it('merges restart of the task over the group over the type', () => {
    const loaded = loadHcl(`job "j" {
  type = "batch"
  group "g" {
    restart {
      attempts = 7
      delay    = "1s"
    }
    task "t" {
      driver = "raw_exec"
      ${config}
      restart { attempts = 9 }
    }
  }
}
`);
    const [group] = loaded.job?.groups ?? [];
    assert.equal(group?.restart.attempts, 7);
    assert.deepEqual(group.tasks[0]?.restart, {
      attempts: 9,
      intervalMs: 86_400_000,
      delayMs: 1_000,
      mode: 'fail',
      renderTemplates: false,
    });
    assert.deepEqual(problemsOf(loaded), [
      'job.hcl:4:5: warning: "restart" has no effect: a task is started again by an agent, or by `raw-exec run --restart` (here and in 1 more place)',
    ]);
  });

  it('takes the short forms of constraint', () => {
    const short = (text: string): unknown =>
      loadHcl(
        `job "j" {\n constraint {\n ${text}\n }\n task "t" {\n driver = "raw_exec"\n ${config}\n }\n }\n`,
      ).job?.constraints[0];
    const attribute = 'attribute = "${attr.kernel.name}"';
    const left = '${attr.kernel.name}';
    assert.deepEqual(short(`${attribute}\nvalue = "linux"`), {
      attribute: left,
      operator: '=',
      value: 'linux',
    });
    assert.deepEqual(short(`${attribute}\nversion = ">= 1"`), {
      attribute: left,
      operator: 'version',
      value: '>= 1',
    });
    assert.deepEqual(short(`${attribute}\nregexp = "x"`), {
      attribute: left,
      operator: 'regexp',
      value: 'x',
    });
    assert.deepEqual(short('distinct_hosts = true'), {
      attribute: '',
      operator: 'distinct_hosts',
      value: '',
    });
    assert.deepEqual(short('distinct_property = "${meta.rack}"'), {
      attribute: '${meta.rack}',
      operator: 'distinct_property',
      value: '',
    });
  });

  it('takes network in a group, and in resources as it used to be', () => {
    const group = hclJob(`job "j" {
  group "g" {
    network {
      port "http" { static = 8080 }
      port "any" {}
    }
    task "t" {
      driver = "raw_exec"
      ${config}
    }
  }
}
`).groups[0];
    assert.deepEqual(group?.networks, [
      {
        mode: 'host',
        ports: [
          { label: 'http', static: 8080, hostNetwork: 'default' },
          { label: 'any', hostNetwork: 'default' },
        ],
      },
    ]);
    const task = hclTask(`${config}\nresources {\n network {\n port "a" {}\n }\n }`);
    assert.deepEqual(task.resources.networks, [
      { mode: 'host', ports: [{ label: 'a', hostNetwork: 'default' }] },
    ]);
  });

  it('keeps what is known only at the start as text', () => {
    const task = hclTask(
      'config {\ncommand = "${NOMAD_TASK_DIR}/run"\nargs = [node.unique.name, "a ${attr.kernel.name}", env["HOME"]]\n}',
    );
    assert.equal(task.config['command'], '${NOMAD_TASK_DIR}/run');
    assert.deepEqual(task.config['args'], [
      '${node.unique.name}',
      'a ${attr.kernel.name}',
      '${env["HOME"]}',
    ]);
  });

  it('makes blocks of lists by dynamic', () => {
    const job = hclJob(`job "j" {
  dynamic "group" {
    for_each = ["a", "b"]
    labels   = [group.value]
    content {
      task "t" {
        driver = "raw_exec"
        config { command = "/bin/\${group.value}" }
      }
    }
  }
}
`);
    assert.deepEqual(
      job.groups.map((group) => [group.name, group.tasks[0]?.config['command']]),
      [
        ['a', '/bin/a'],
        ['b', '/bin/b'],
      ],
    );
  });

  it('takes null for absent', () => {
    const task = hclTask(
      'config {\ncommand = "/bin/true"\nargs = null\n}\nuser = null\nlogs { max_files = null }',
    );
    assert.equal(task.user, undefined);
    assert.equal(task.logs.maxFiles, 10);
  });

  it('converts between texts and numbers as HCL does', () => {
    assert.equal(
      hclTask('config {\ncommand = "/bin/true"\noom_score_adj = "5"\n}\nkill_signal = "SIGTERM"')
        .killSignal,
      'SIGTERM',
    );
    assert.equal(hclTask(`${config}\nleader = "true"`).isLeader, true);
  });

  it('knows where each value of config stands', () => {
    const { configRanges } = hclTask(
      'config {\n  command = "/bin/true"\n  args    = ["a", "b"]\n}',
    );
    const places = [...configRanges].map(
      ([path, { start }]) => `${path} ${start.line}:${start.column}`,
    );
    assert.deepEqual(places.toSorted(), [
      ' 4:1',
      '/args 6:3',
      '/args/0 6:14',
      '/args/1 6:19',
      '/command 5:3',
    ]);
  });

  it('is read in the JSON syntax of HCL, too', () => {
    const source = JSON.stringify({
      job: {
        j: {
          type: 'batch',
          group: {
            g: {
              task: {
                t: { driver: 'raw_exec', config: { command: '/bin/true' }, env: { A: 'b' } },
              },
            },
          },
        },
      },
    });
    const { job, diagnostics } = loadJobFile({ source, filename: 'job.json' });
    assert.deepEqual(problemsOf({ diagnostics }), []);
    assert.deepEqual(job?.groups[0]?.tasks[0]?.env, { A: 'b' });
    assert.deepEqual(job.groups[0].tasks[0].config, { command: '/bin/true' });
  });

  it('reads other files from beside it, but only when it is a file itself', (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'job.hcl');
    const source = jobWithTask('config {\ncommand = "/bin/echo"\nargs = [file("word.txt")]\n}');
    writeFileSync(path, source);
    writeFileSync(join(folder, 'word.txt'), 'beside');
    assert.deepEqual(loadJobFile(path).job?.groups[0]?.tasks[0]?.config['args'], ['beside']);
    const given = { source, filename: path };
    const fromText = loadJobFile({ ...given, directory: folder });
    assert.deepEqual(fromText.job?.groups[0]?.tasks[0]?.config['args'], ['beside']);
    assert.match(problemsOf(loadJobFile(given)).join(), /^[^ ]+job\.hcl:6:\d+: error: .*file/);
  });

  it('is read in the JSON syntax of HCL with lists of blocks, dynamic blocks and templates', () => {
    const task = {
      driver: 'raw_exec',
      config: [{ command: '/bin/${group.value}', args: ['${var.n}'] }],
    };
    const source = JSON.stringify({
      variable: { n: { type: 'number', default: 1 } },
      job: [
        {
          j: {
            dynamic: {
              group: {
                for_each: ['a', 'b'],
                labels: ['${group.value}'],
                content: { task: { t: task } },
              },
            },
          },
        },
      ],
    });
    const { job, diagnostics } = loadJobFile({ source, filename: 'job.json' });
    assert.deepEqual(problemsOf({ diagnostics }), []);
    assert.deepEqual(
      job?.groups.map(({ name, tasks }) => [
        name,
        tasks[0]?.config['command'],
        tasks[0]?.config['args'],
      ]),
      [
        ['a', '/bin/a', [1]],
        ['b', '/bin/b', [1]],
      ],
    );
  });
});
