/** Durations as Go and so Nomad writes them: `1h30m`, `1.5s`, `250ms`. Pure. */

const unitNanoseconds: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n], // U+00B5, the micro sign
  ['μs', 1_000n], // U+03BC, the Greek letter
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Go keeps a duration in 64 bits of nanoseconds. */
const maxNanoseconds = 2n ** 63n - 1n;

/** The longest wait that timers take, 2^31 - 1 milliseconds: 24 days. A longer one would be over at once. */
export const longestWaitMs = 2_147_483_647;

/** No duration needs more; big integers of very many digits take seconds to read. */
const maxLength = 200;

const nanosecondsInMs = 1_000_000n;

/** What reading a duration gives: milliseconds, or what is wrong with the text. */
export type ParsedDuration =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly problem: string };

/** What a message says of what a duration may look like. */
export const durationForm = 'a duration such as "30s", "1h30m" or "250ms"';

/**
 * Reads a duration in text form.
 *
 * @example parseDuration('1m30s') // { ok: true, ms: 90000 }
 */
export function parseDuration(text: string): ParsedDuration {
  if (text.length > maxLength) {
    return { ok: false, problem: `a text of ${text.length} characters is no duration` };
  }
  const isNegative = text.startsWith('-');
  let rest = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') {
    return { ok: true, ms: 0 };
  }
  if (rest === '') {
    return fail(text, 'no number is in it');
  }
  let total = 0n;
  while (rest !== '') {
    const number = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) {
      return fail(text, `a number is expected at "${rest}"`);
    }
    rest = rest.slice(number.length);
    const unit = /^[^\d.]+/.exec(rest)?.[0];
    if (unit === undefined) {
      return fail(text, `a unit is missing after ${number}; allowed are ns, us, ms, s, m, h`);
    }
    const size = unitNanoseconds.get(unit);
    if (size === undefined) {
      return fail(text, `the unit "${unit}" is unknown; allowed are ns, us, ms, s, m, h`);
    }
    rest = rest.slice(unit.length);
    total += scale(number, size);
    if (total > maxNanoseconds) {
      return fail(text, 'it is longer than 292 years');
    }
  }
  return { ok: true, ms: nanosecondsToMs(isNegative ? -total : total) };
}

/** Nanoseconds, as the API writes durations, to milliseconds. */
export function nanosecondsToMs(nanoseconds: bigint | number): number {
  if (typeof nanoseconds === 'number') {
    return nanoseconds / Number(nanosecondsInMs);
  }
  // Whole milliseconds and the rest apart: a long duration keeps its precision.
  return (
    Number(nanoseconds / nanosecondsInMs) +
    Number(nanoseconds % nanosecondsInMs) / Number(nanosecondsInMs)
  );
}

/**
 * Writes a duration as Go does: `1h30m0s`, `1.5s`, `250ms`, `0s`.
 *
 * @example formatDuration(90_000) // '1m30s'
 */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const nanoseconds = absoluteNanoseconds(ms);
  if (nanoseconds === 0n) {
    return '0s';
  }
  if (nanoseconds < 1_000n) {
    return `${sign}${nanoseconds}ns`;
  }
  if (nanoseconds < 1_000_000n) {
    return `${sign}${decimal(nanoseconds, 1_000n)}µs`;
  }
  if (nanoseconds < 1_000_000_000n) {
    return `${sign}${decimal(nanoseconds, 1_000_000n)}ms`;
  }
  const hours = nanoseconds / 3_600_000_000_000n;
  const minutes = (nanoseconds / 60_000_000_000n) % 60n;
  const seconds = decimal(nanoseconds % 60_000_000_000n, 1_000_000_000n);
  const head = hours > 0n ? `${hours}h${minutes}m` : minutes > 0n ? `${minutes}m` : '';
  return `${sign}${head}${seconds}s`;
}

/** `number` times `size`, cut to whole nanoseconds as Go does. */
function scale(number: string, size: bigint): bigint {
  const [whole = '', fraction = ''] = number.split('.');
  const wholePart = BigInt(whole === '' ? '0' : whole) * size;
  if (fraction === '') {
    return wholePart;
  }
  return wholePart + (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
}

function absoluteNanoseconds(ms: number): bigint {
  const absolute = Math.abs(ms);
  const whole = Math.trunc(absolute);
  return BigInt(whole) * nanosecondsInMs + BigInt(Math.round((absolute - whole) * 1e6));
}

/** `value / unit` without trailing zeros. */
function decimal(value: bigint, unit: bigint): string {
  const digits = unit.toString().length - 1;
  const fraction = (value % unit).toString().padStart(digits, '0').replace(/0+$/, '');
  return fraction === '' ? `${value / unit}` : `${value / unit}.${fraction}`;
}

function fail(text: string, problem: string): ParsedDuration {
  return { ok: false, problem: `${JSON.stringify(text)} is no duration: ${problem}` };
}
