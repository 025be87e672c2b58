import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobSource, LoadJobOptions } from '../../../src/job/load-job-file.ts';
import { echoed, jobWithTask, loadHcl } from '../../helpers/hcl-job.ts';
import { problemsOf } from '../../helpers/job-problems.ts';

const job = jobWithTask('config { command = "/bin/true" }');

function problems(before: string, options: LoadJobOptions = {}): string[] {
  return problemsOf(loadHcl(`${before}\n${job}`, options));
}

function varFile(source: string, filename = 'values.hcl'): JobSource {
  return { source, filename };
}

const words = 'variable "words" {\n  type    = list(string)\n  default = ["default"]\n}';

describe('variables of a job file', () => {
  it('have their defaults, in the long form and in the short one', () => {
    assert.deepEqual(echoed('var.words', words), ['default']);
    assert.deepEqual(echoed('[var.a, "${var.b}"]', 'variables {\n a = "x"\n b = 2\n}'), ['x', 2]);
  });

  it('take the environment over the default, a file over the environment, and the command line over all', () => {
    const env = { NOMAD_VAR_words: '["environment"]' };
    const varFiles = [
      varFile('words = ["first"]\n'),
      varFile('{"words": ["second"]}', 'values.json'),
    ];
    const vars = ['words=["one"]', 'words=["two"]'];
    assert.deepEqual(echoed('var.words', words, { env }), ['environment']);
    assert.deepEqual(echoed('var.words', words, { env, varFiles }), ['second']);
    assert.deepEqual(echoed('var.words', words, { env, varFiles, vars }), ['two']);
  });

  it('take text as it stands, and everything else as an expression', () => {
    const text = 'variable "t" {\n type = string\n}';
    assert.deepEqual(echoed('[var.t]', text, { vars: ['t=["a" = ${x}'] }), ['["a" = ${x}']);
    assert.deepEqual(echoed('[var.t]', 'variable "t" {}', { vars: ['t=5 a'] }), ['5 a']);
    const number = 'variable "n" {\n type = number\n}';
    assert.deepEqual(echoed('[var.n + 1]', number, { vars: ['n=41'] }), [42]);
    const object = 'variable "o" {\n type = object({ a = string, b = list(number) })\n}';
    assert.deepEqual(
      echoed('[var.o.a, "${var.o.b[1]}"]', object, { vars: ['o={ a = "x", b = [1, 2] }'] }),
      ['x', 2],
    );
  });

  it('are converted to their types', () => {
    assert.deepEqual(
      echoed('var.s', 'variable "s" {\n type = set(string)\n default = ["b", "a", "b"]\n}'),
      ['a', 'b'],
    );
    assert.deepEqual(
      echoed('[var.m["a"]]', 'variable "m" {\n type = map(string)\n default = { a = 1 }\n}'),
      ['1'],
    );
    assert.deepEqual(
      echoed(
        '[for x in var.t : "${x}"]',
        'variable "t" {\n type = tuple([string, bool])\n default = ["a", "true"]\n}',
      ),
      ['a', true],
    );
  });

  it('are checked by their validations', () => {
    const port = `variable "port" {
  type    = number
  default = 80
  validation {
    condition     = var.port > 1023
    error_message = "Choose a port above 1023."
  }
}`;
    assert.deepEqual(problems(port), [
      'job.hcl:5:21: error: variable "port" has a value that is not allowed: Choose a port above 1023.',
    ]);
    assert.deepEqual(problems(port, { vars: ['port=8080'] }), []);
  });

  it('must have a value', () => {
    assert.deepEqual(problems('variable "a" {}'), [
      'job.hcl:1:10: error: variable "a" has no value: give it by -var a=…, in a -var-file, or in NOMAD_VAR_a',
    ]);
  });

  it('must be declared to be given a value, but for those of the environment', () => {
    assert.deepEqual(problems(words, { vars: ['word=x'] }), [
      'error: variable "word" is given a value, and the job file does not declare it | Did you mean "words"?',
    ]);
    assert.deepEqual(problems('', { varFiles: [varFile('other = 1\n')] }), [
      'values.hcl:1:1: error: variable "other" is given a value, and the job file does not declare it',
    ]);
    assert.deepEqual(problems('', { env: { NOMAD_VAR_other: 'x' } }), []);
  });

  it('must be of their type, wherever the value comes from', () => {
    assert.deepEqual(problems('variable "a" {\n type = list(string)\n default = ["a", []]\n}'), [
      'job.hcl:3:18: error: "default.1" must be text, and is a list',
    ]);
    const number = 'variable "n" {\n type = number\n}';
    assert.deepEqual(problems(number, { vars: ['n="x"'] }), [
      'error: -var n must be a number, and is the text "x"',
    ]);
    assert.deepEqual(problems(number, { env: { NOMAD_VAR_n: '[]' } }), [
      'error: NOMAD_VAR_n must be a number, and is a list',
    ]);
    assert.deepEqual(problems(number, { varFiles: [varFile('n = true\n')] }), [
      'values.hcl:1:5: error: variable "n" must be a number, and is true',
    ]);
    const [problem] = problems(number, { vars: ['n=1 +'] });
    assert.match(problem ?? '', /^error: -var n: /);
  });

  it('must be given as name=value', () => {
    assert.deepEqual(problems('', { vars: ['x', '=y'] }), [
      'error: -var must be name=value, and is "x"',
      'error: -var must be name=value, and is "=y"',
    ]);
  });

  it('must be declared as they can be', () => {
    assert.deepEqual(problems('variable {}'), [
      'job.hcl:1:1: error: a variable needs one label, its name: write variable "name" { … }',
    ]);
    assert.deepEqual(problems(`${words}\n${words}`), [
      'job.hcl:5:10: error: variable "words" is declared twice',
    ]);
    assert.deepEqual(problems('variable "a" {\n type = text\n default = 1\n}'), [
      'job.hcl:2:9: error: the type of a variable must be one of string, number, bool, any, list(…), set(…), map(…), object({…}), tuple([…]), and is text',
    ]);
    assert.deepEqual(problems('variable "a" {\n defualt = 1\n default = 1\n}'), [
      'job.hcl:2:2: error: unknown argument "defualt" in a variable | Did you mean "default"?',
    ]);
    assert.deepEqual(problems('variable "a" {\n default = 1\n check {}\n}'), [
      'job.hcl:3:2: error: unknown block "check" in a variable | Allowed here: validation',
    ]);
    assert.deepEqual(
      problems('variable "a" {\n default = 1\n validation {\n error_message = "x"\n }\n}'),
      ['job.hcl:3:2: error: a validation needs a condition'],
    );
    assert.deepEqual(
      problems('variable "a" {\n default = 1\n validation {\n condition = "x"\n }\n}'),
      ['job.hcl:4:14: error: the condition of a validation must be true or false'],
    );
  });

  it('come from files that hold nothing else', () => {
    assert.deepEqual(problems('', { varFiles: [varFile('block {\n}\n')] }), [
      'values.hcl:1:1: error: a file of variables has only name = value, and no block such as "block"',
    ]);
    assert.deepEqual(problems('', { varFiles: ['/nonexistent.hcl'] }), [
      "error: cannot read /nonexistent.hcl: ENOENT: no such file or directory, open '/nonexistent.hcl'",
    ]);
  });
});

describe('locals of a job file', () => {
  it('may use variables and each other, in any order', () => {
    const locals =
      'locals {\n b = "${local.a}!"\n c = [local.b, var.words[0]]\n}\nlocals {\n a = "hi"\n}';
    assert.deepEqual(echoed('local.c', `${words}\n${locals}`), ['hi!', 'default']);
  });

  it('must not hang on themselves', () => {
    assert.deepEqual(problems('locals {\n a = local.b\n b = "${local.a}"\n}'), [
      'job.hcl:2:2: error: local "a" hangs on itself: a → b → a',
    ]);
  });

  it('must be declared once, and hold no blocks', () => {
    assert.deepEqual(problems('locals {\n a = 1\n}\nlocals {\n a = 2\n}'), [
      'job.hcl:5:2: error: local "a" is declared twice',
    ]);
    assert.deepEqual(problems('locals {\n a {\n }\n}'), [
      'job.hcl:2:2: error: locals has only name = value, and no block such as "a"',
    ]);
  });
});
