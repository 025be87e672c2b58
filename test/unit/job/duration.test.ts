import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatDuration, nanosecondsToMs, parseDuration } from '../../../src/duration.ts';
import '../../helpers/property-seed.ts';

function ms(text: string): number {
  const parsed = parseDuration(text);
  assert.ok(parsed.ok, text);
  return parsed.ms;
}

function problem(text: string): string {
  const parsed = parseDuration(text);
  assert.ok(!parsed.ok, text);
  return parsed.problem;
}

describe('parseDuration', () => {
  it('reads every unit', () => {
    assert.equal(ms('1h'), 3_600_000);
    assert.equal(ms('1m'), 60_000);
    assert.equal(ms('1s'), 1_000);
    assert.equal(ms('1ms'), 1);
    assert.equal(ms('1us'), 0.001);
    assert.equal(ms('1µs'), 0.001);
    assert.equal(ms('1μs'), 0.001);
    assert.equal(ms('1ns'), 0.000001);
  });

  it('adds several units up, in any order', () => {
    assert.equal(ms('1h30m'), 5_400_000);
    assert.equal(ms('30m1h'), 5_400_000);
    assert.equal(ms('1m30.5s'), 90_500);
  });

  it('reads fractions on either side of the point', () => {
    assert.equal(ms('.5s'), 500);
    assert.equal(ms('1.s'), 1_000);
  });

  it('reads a sign', () => {
    assert.equal(ms('-1m'), -60_000);
    assert.equal(ms('+1m'), 60_000);
  });

  it('takes 0 without a unit', () => {
    assert.equal(ms('0'), 0);
    assert.equal(ms('-0'), 0);
  });

  it('says what is wrong with a text that is no duration', () => {
    const units = 'allowed are ns, us, ms, s, m, h';
    assert.equal(problem(''), '"" is no duration: no number is in it');
    assert.equal(problem('-'), '"-" is no duration: no number is in it');
    assert.equal(problem('5'), `"5" is no duration: a unit is missing after 5; ${units}`);
    assert.equal(problem('1h5'), `"1h5" is no duration: a unit is missing after 5; ${units}`);
    assert.equal(problem('5d'), `"5d" is no duration: the unit "d" is unknown; ${units}`);
    assert.equal(problem('5 s'), `"5 s" is no duration: the unit " s" is unknown; ${units}`);
    assert.equal(problem('soon'), '"soon" is no duration: a number is expected at "soon"');
    assert.equal(problem('.s'), '".s" is no duration: a number is expected at ".s"');
    assert.equal(
      problem('9999999999h'),
      '"9999999999h" is no duration: it is longer than 292 years',
    );
  });

  it('refuses a text of any length in next to no time', () => {
    assert.equal(
      problem(`${'9'.repeat(1_000_000)}h`),
      'a text of 1000001 characters is no duration',
    );
  });

  it('reads again what formatDuration has written', () => {
    const nanoseconds = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
    fc.assert(
      fc.property(nanoseconds, (given) => {
        const written = formatDuration(nanosecondsToMs(given));
        assert.equal(Math.round(ms(written) * 1e6), Number(given), written);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0159.+-hmsnuµ e') }), (text) => {
        parseDuration(text);
      }),
    );
  });
});

describe('formatDuration', () => {
  it('writes as Go does', () => {
    assert.equal(formatDuration(0), '0s');
    assert.equal(formatDuration(90_000), '1m30s');
    assert.equal(formatDuration(3_600_000), '1h0m0s');
    assert.equal(formatDuration(1_500), '1.5s');
    assert.equal(formatDuration(250), '250ms');
    assert.equal(formatDuration(0.0015), '1.5µs');
    assert.equal(formatDuration(0.000001), '1ns');
    assert.equal(formatDuration(-1_000), '-1s');
  });
});
