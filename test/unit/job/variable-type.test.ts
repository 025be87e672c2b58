import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { convertToType } from '../../../src/job/convert-to-type.ts';
import type { JobValue } from '../../../src/job/job-model.ts';
import {
  describeType,
  parseVariableType,
  type VariableType,
} from '../../../src/job/variable-type.ts';
import '../../helpers/property-seed.ts';

function typeOf(text: string): VariableType {
  const parsed = parseVariableType(text);
  assert.ok(parsed.ok, text);
  return parsed.type;
}

function value(given: JobValue, type: string): JobValue {
  const converted = convertToType(given, typeOf(type));
  assert.ok(converted.ok, `${JSON.stringify(given)} to ${type}`);
  return converted.value;
}

function problem(given: JobValue, type: string): string {
  const converted = convertToType(given, typeOf(type));
  assert.ok(!converted.ok, `${JSON.stringify(given)} to ${type}`);
  return [...converted.path, converted.problem].join(' ');
}

describe('parseVariableType', () => {
  it('reads every form, and describeType writes it again', () => {
    const forms = [
      'any',
      'string',
      'number',
      'bool',
      'list(string)',
      'set(number)',
      'map(list(bool))',
      'tuple([string, number])',
      'tuple([])',
      'object({ port = number, tags = list(string) })',
      'object({ name = optional(string) })',
    ];
    for (const form of forms) {
      assert.equal(describeType(typeOf(form)), form);
    }
  });

  it('reads objects over several lines, without commas, and the old forms without an item type', () => {
    assert.equal(
      describeType(typeOf('object({\n  a = string\n  b = bool\n})')),
      'object({ a = string, b = bool })',
    );
    assert.equal(describeType(typeOf('list')), 'list(any)');
    assert.equal(describeType(typeOf('map')), 'map(any)');
  });

  it('refuses everything else', () => {
    const forms = 'string, number, bool, any, list(…), set(…), map(…), object({…}), tuple([…])';
    for (const text of [
      '',
      'text',
      'list(',
      'list()',
      'list(string',
      'string string',
      'object({a})',
      'tuple(string)',
      'object({ a = optional(string })',
      '5',
    ]) {
      const parsed = parseVariableType(text);
      assert.ok(!parsed.ok, text);
      assert.equal(parsed.problem, `must be one of ${forms}, and is ${text}`);
    }
  });

  it('refuses a type that is nested without end instead of running out of stack', () => {
    assert.equal(parseVariableType('list('.repeat(100_000)).ok, false);
  });

  it('never throws', () => {
    const words = [
      'list',
      'map',
      'object',
      'tuple',
      'string',
      '(',
      ')',
      '{',
      '}',
      '[',
      ']',
      '=',
      ',',
      ' ',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words)), (parts) => {
        parseVariableType(parts.join(''));
      }),
    );
  });
});

describe('convertToType', () => {
  it('converts to every type', () => {
    assert.equal(value('5', 'number'), 5);
    assert.equal(value(5, 'string'), '5');
    assert.equal(value('true', 'bool'), true);
    assert.deepEqual(value([1, 'a'], 'list(string)'), ['1', 'a']);
    assert.deepEqual(value(['b', 'a', 'b'], 'set(string)'), ['a', 'b']);
    assert.deepEqual(value({ a: 1 }, 'map(string)'), { a: '1' });
    assert.deepEqual(value(['a', '1'], 'tuple([string, number])'), ['a', 1]);
    assert.deepEqual(value({ port: '80', extra: 1 }, 'object({ port = number })'), { port: 80 });
    assert.deepEqual(value({}, 'object({ port = optional(number) })'), { port: null });
    assert.deepEqual(value({ a: [1] }, 'any'), { a: [1] });
    assert.equal(value(null, 'list(string)'), null);
  });

  it('says what the type is, what was read, and where', () => {
    assert.equal(problem('x', 'number'), 'must be a number, and is the text "x"');
    assert.equal(problem('x', 'list(string)'), 'must be list(string), and is the text "x"');
    assert.equal(problem([[]], 'list(string)'), '0 must be text, and is a list');
    assert.equal(problem([], 'map(string)'), 'must be map(string), and is a list');
    assert.equal(
      problem(['a'], 'tuple([string, number])'),
      'must be tuple([string, number]), and is a list of 1',
    );
    assert.equal(
      problem({}, 'object({ port = number })'),
      'must be object({ port = number }), and has no "port"',
    );
    assert.equal(
      problem({ port: 'x' }, 'object({ port = number })'),
      'port must be a number, and is the text "x"',
    );
    assert.equal(problem(1, 'object({})'), 'must be object({}), and is the number 1');
  });
});
