import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { includesId, parseIdRanges } from '../../src/driver/id-ranges.ts';
import '../helpers/property-seed.ts';

test('An id is in a set exactly when one of its ranges has it.', () => {
  const range = fc.tuple(fc.nat(300), fc.nat(50)).map(([low, size]) => ({ low, high: low + size }));
  fc.assert(
    fc.property(fc.array(range), fc.nat(400), (ranges, id) => {
      const text = ranges.map(({ low, high }) => (low === high ? low : `${low}-${high}`)).join(',');
      const parsed = parseIdRanges(text);
      assert.deepEqual(parsed.problems, []);
      const expected = ranges.some(({ low, high }) => id >= low && id <= high);
      assert.equal(includesId(parsed.ranges, id), expected);
    }),
  );
});

test('The highest id of 32 bit is read.', () => {
  assert.deepEqual(parseIdRanges('4294967295').ranges, [{ low: 4294967295, high: 4294967295 }]);
});

test('Reading a list of ids never throws, and says something about each text that it refuses.', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { ranges, problems } = parseIdRanges(text);
      assert.ok(text.trim() === '' || ranges.length + problems.length === text.split(',').length);
    }),
  );
});
