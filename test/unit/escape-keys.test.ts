import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EscapeKeys } from '../../src/cli/escape-keys.ts';

function typed(pieces: readonly string[]): [string, boolean] {
  const keys = new EscapeKeys('~');
  let passed = '';
  for (const piece of pieces) {
    const { data, isLeaving } = keys.take(Buffer.from(piece));
    passed += data.toString();
    if (isLeaving) return [passed, true];
  }
  return [passed, false];
}

test('the keys to leave are the escape character at the beginning of a line, and a dot', () => {
  assert.deepEqual(typed(['~.']), ['', true]);
  assert.deepEqual(typed(['ls\r', '~', '.', 'lost']), ['ls\r', true]);
  assert.deepEqual(typed(['ls\n~.lost']), ['ls\n', true]);
  assert.deepEqual(typed(['cd ~.\r']), ['cd ~.\r', false]);
  assert.deepEqual(typed(['~~.\r~x']), ['~.\r~x', false]);
  assert.deepEqual(typed(['~\r~.']), ['~\r', true]);
});

test('everything else passes as it is, in whatever pieces it comes', () => {
  const keys = fc.array(fc.constantFrom('a', '.', '\r', '\n', '\u001b', 'ü'), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(keys.map((one) => one.join(''))), (pieces) => {
      assert.deepEqual(typed(pieces), [pieces.join(''), false]);
    }),
  );
});
