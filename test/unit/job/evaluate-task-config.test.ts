import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { evaluateTaskConfig } from '../../../src/job/evaluate-task-config.ts';
import type { JobObject } from '../../../src/job/job-model.ts';
import { hclTask } from '../../helpers/hcl-job.ts';
import { problemsOf } from '../../helpers/job-problems.ts';
import '../../helpers/property-seed.ts';

const env = { NOMAD_TASK_DIR: '/task/local', HOME: '/root', 'NOMAD_META_a.b': 'dotted' };
const node = {
  'node.unique.name': 'host-1',
  'attr.kernel.name': 'linux',
  'attr.kernel.version': '6.1',
  'meta.rack-1': 'r',
};

function configOf(args: string): JobObject {
  const task = hclTask(`config {\ncommand = "/bin/echo"\nargs = ${args}\n}`);
  const { config, diagnostics } = evaluateTaskConfig(task, env, node);
  assert.deepEqual(problemsOf({ diagnostics }), []);
  assert.ok(config);
  return config;
}

function problems(args: string): string[] {
  return problemsOf(
    evaluateTaskConfig(hclTask(`config {\ncommand = "/bin/echo"\nargs = ${args}\n}`), env, node),
  );
}

describe('evaluateTaskConfig', () => {
  it('fills in variables of the task and facts of the host, bare and in brackets', () => {
    const args =
      '["${NOMAD_TASK_DIR}/x", env["HOME"], "${node.unique.name}", attr.kernel.name, "${attr["kernel.version"]}", meta.rack-1]';
    assert.deepEqual(configOf(args)['args'], [
      '/task/local/x',
      '/root',
      'host-1',
      'linux',
      '6.1',
      'r',
    ]);
  });

  it('has the functions that a driver may call', () => {
    // The first evaluation would call them: twice escaped, they are text until the second one.
    assert.deepEqual(configOf('["$${upper(node.unique.name)}", "$${length([1, 2])}"]')['args'], [
      'HOST-1',
      '2',
    ]);
  });

  it('makes texts of numbers and flags where raw_exec has texts', () => {
    assert.deepEqual(configOf('["$${1 + 1}", "$${true}", 3]')['args'], ['2', 'true', '3']);
  });

  it('leaves texts without templates as they are', () => {
    assert.deepEqual(configOf('["$HOME", "a { b }", "%d"]')['args'], ['$HOME', 'a { b }', '%d']);
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('${') && !text.includes('%{'));
        const task = { ...hclTask('config { command = "/bin/echo" }'), config: { args: [text] } };
        assert.deepEqual(evaluateTaskConfig(task, {}).config?.['args'], [text]);
      }),
    );
  });

  it('refuses a name that is unknown, with its place', () => {
    const [problem, ...others] = problems('["a", "${NOMAD_TASK_DRI}"]');
    assert.deepEqual(others, []);
    assert.match(
      problem ?? '',
      /^job\.hcl:6:14: error: config of task "t": args\[1\]: cannot be evaluated: .*NOMAD_TASK_DRI/,
    );
  });

  it('refuses the expansions of a shell that are escaped for one evaluation only', () => {
    const [problem] = problems('["$${HOME:+x}"]');
    assert.match(
      problem ?? '',
      /^job\.hcl:6:9: error: config of task "t": args\[0\]: cannot be evaluated: /,
    );
  });

  it('leaves the expansions of a shell alone that are escaped for both evaluations', () => {
    assert.deepEqual(configOf('["$$${HOME:+x}"]')['args'], ['${HOME:+x}']);
  });

  it('tells every problem at once', () => {
    assert.equal(problems('["${a}", "${b}"]').length, 2);
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      '${',
      '}',
      '%{',
      'if',
      'a',
      '.',
      '"',
      '(',
      '[',
      '1',
      ' ',
      '$',
      '\n',
      '~',
    );
    const task = hclTask('config { command = "/bin/echo" }');
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        evaluateTaskConfig({ ...task, config: { args: [parts.join('')] } }, env, node);
      }),
    );
  });
});
