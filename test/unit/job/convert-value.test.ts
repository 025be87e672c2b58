import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { convertValue } from '../../../src/job/convert-value.ts';
import type { ValueType } from '../../../src/job/fields/field.ts';
import type { JobValue } from '../../../src/job/job-model.ts';
import '../../helpers/property-seed.ts';

function value(given: JobValue, type: ValueType): JobValue {
  const converted = convertValue(given, type);
  assert.ok(converted.ok, `${JSON.stringify(given)} to ${type}`);
  return converted.value;
}

function problem(given: JobValue, type: ValueType): string {
  const converted = convertValue(given, type);
  assert.ok(!converted.ok, `${JSON.stringify(given)} to ${type}`);
  return [...converted.path, converted.problem].join(' ');
}

describe('convertValue', () => {
  it('takes a number or a flag for text, and text for a number or a flag, where it is one', () => {
    assert.equal(value(5, 'string'), '5');
    assert.equal(value(true, 'string'), 'true');
    assert.equal(value('5', 'integer'), 5);
    assert.equal(value('-1.5e3', 'number'), -1500);
    assert.equal(value('true', 'bool'), true);
    assert.equal(value('0', 'bool'), false);
  });

  it('takes durations as text or as nanoseconds', () => {
    assert.equal(value('1m30s', 'duration'), 90_000);
    assert.equal(value(5_000_000_000, 'duration'), 5_000);
  });

  it('converts what stands in lists and maps', () => {
    assert.deepEqual(value(['a', 1, true], 'list of strings'), ['a', '1', 'true']);
    assert.deepEqual(value({ a: 1, b: null }, 'map of strings'), { a: '1' });
    assert.deepEqual(value({ a: ['b', 2] }, 'map of lists'), { a: ['b', '2'] });
  });

  it('says what is expected, what was read, and where in the value', () => {
    assert.equal(problem([], 'string'), 'must be text, and is a list');
    assert.equal(problem('x', 'integer'), 'must be a whole number, and is the text "x"');
    assert.equal(problem(1.5, 'integer'), 'must be a whole number, and is the number 1.5');
    assert.equal(problem({}, 'number'), 'must be a number, and is an object');
    assert.equal(problem('yes', 'bool'), 'must be true or false, and is the text "yes"');
    assert.equal(problem(1, 'bool'), 'must be true or false, and is the number 1');
    assert.equal(
      problem(true, 'duration'),
      'must be a duration such as "30s", "1h30m" or "250ms", or a number of nanoseconds, and is true',
    );
    assert.equal(
      problem('5', 'duration'),
      'must be a duration such as "30s", "1h30m" or "250ms", or a number of nanoseconds: "5" is no duration: a unit is missing after 5; allowed are ns, us, ms, s, m, h',
    );
    assert.equal(problem('a', 'list of strings'), 'must be a list of texts, and is the text "a"');
    assert.equal(problem(['a', null], 'list of strings'), '1 must be text, and is null');
    assert.equal(
      problem('a', 'map of strings'),
      'must be a map of names to texts, and is the text "a"',
    );
    assert.equal(problem({ a: [] }, 'map of strings'), 'a must be text, and is a list');
    assert.equal(problem({ a: [{}] }, 'map of lists'), 'a 0 must be text, and is an object');
  });

  it('shows only the beginning of a long text', () => {
    assert.equal(
      problem('x'.repeat(1000), 'integer'),
      `must be a whole number, and is the text "${'x'.repeat(60)}…"`,
    );
  });

  it('keeps a key named __proto__ a key', () => {
    const given = JSON.parse('{"__proto__": "x"}') as JobValue;
    assert.deepEqual(Object.keys(value(given, 'map of strings') ?? {}), ['__proto__']);
  });

  it('never throws, whatever the value', () => {
    const types: ValueType[] = ['string', 'integer', 'bool', 'duration', 'list of strings', 'any'];
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...types), (given, type) => {
        convertValue(given as JobValue, type);
      }),
    );
  });
});
