import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineCutter } from '../../src/cli/line-cutter.ts';
import '../helpers/property-seed.ts';

test('however the bytes are cut, the lines are the same, and no byte is lost', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.map((byte) => byte % 12))),
      (chunks) => {
        const cutter = new LineCutter();
        const lines = [
          ...chunks.flatMap((chunk) => cutter.add(Buffer.from(chunk))),
          ...cutter.end(),
        ];
        const whole = Buffer.concat(chunks);
        const isWhole = whole.length === 0 || whole.at(-1) === 0x0a;
        const expected = isWhole ? whole : Buffer.concat([whole, Buffer.of(0x0a)]);
        assert.deepEqual(Buffer.concat(lines), expected);
        for (const line of lines) assert.equal(line.indexOf(0x0a), line.length - 1);
      },
    ),
  );
});

test('a line without end is passed on in pieces instead of filling the memory', () => {
  const cutter = new LineCutter();
  const piece = Buffer.alloc(256 * 1024, 'x');
  const lengths = Array.from({ length: 8 }, () => cutter.add(piece).length);
  assert.deepEqual(lengths, [0, 0, 0, 0, 1, 0, 0, 0]);
});
