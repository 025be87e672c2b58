import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { matchesPattern, withoutDenied } from '../../src/driver/environment-denial.ts';
import '../helpers/property-seed.ts';

const cases: readonly (readonly [pattern: string, name: string, isMatch: boolean])[] = [
  ['AWS_*', 'AWS_SECRET_ACCESS_KEY', true],
  ['AWS_*', 'AWS_', true],
  ['AWS_*', 'aws_secret', false],
  ['*TOKEN*', 'MY_TOKEN_2', true],
  ['*TOKEN*', 'TOKEN', true],
  ['*_TOKEN', 'VAULT_TOKEN', true],
  ['*_TOKEN', 'VAULT_TOKENS', false],
  ['A*B*C', 'AxxByyC', true],
  ['A*B*C', 'ABC', true],
  ['A*B*C', 'ACB', false],
  ['AB*BA', 'ABA', false],
  ['*', 'ANY', true],
  ['HOME', 'HOME', true],
  ['HOME', 'HOMER', false],
  ['H?ME', 'HOME', false],
  ['[A-Z]*', 'HOME', false],
  ['H.*', 'HOME', false],
];

for (const [pattern, name, isMatch] of cases) {
  test(`The pattern ${pattern} ${isMatch ? 'takes' : 'leaves'} ${name}.`, () => {
    assert.equal(matchesPattern(name, pattern), isMatch);
  });
}

test('Patterns mean what the same regular expression means.', () => {
  const text = fc.string({ unit: fc.constantFrom('A', 'B', '_'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('A', 'B', '_', '*'), maxLength: 8 });
  fc.assert(
    fc.property(text, pattern, (name, stars) => {
      const expected = new RegExp(`^${stars.replaceAll('*', '.*')}$`).test(name);
      assert.equal(matchesPattern(name, stars), expected);
    }),
    { numRuns: 2000 },
  );
});

test('Denied variables are removed by name, whatever their value, and the rest is sorted.', () => {
  const env = { Z: '1', AWS_KEY: '2', B: 'AWS_KEY', _A: '3', a: '4' };
  const kept = withoutDenied(env, ['AWS_*', 'Z']);
  assert.deepEqual(Object.entries(kept), [
    ['B', 'AWS_KEY'],
    ['_A', '3'],
    ['a', '4'],
  ]);
});
