/** Numbers that lose no digit: whole numbers of any size, and decimal fractions. Pure. */

/** A number. Whole numbers beyond 2^53 are bigints, and only they. */
export type HclNumber = number | bigint;

/** Larger numbers are refused: a short text can name one that fills the memory. */
const maxDigits = 4096;

const form = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** `digits` divided by 10 to the power of `scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Reads a number; undefined when the text is none, or one of too many digits. */
export function parseNumber(text: string): HclNumber | undefined {
  if (/^\d{1,15}$/.test(text)) {
    return Number(text); // Nearly all numbers of a file, and quicker so.
  }
  const decimal = parseDecimal(text);
  return decimal && fromDecimal(decimal);
}

/** Whether a text is written as a number, of whatever size. */
export function isNumberForm(text: string): boolean {
  return form.test(text);
}

function parseDecimal(text: string): Decimal | undefined {
  const match = form.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  const length = whole.length + fraction.length;
  if (length > maxDigits || Math.abs(scale) > maxDigits) {
    return undefined;
  }
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/** The exact value of a number as it is written in decimals. */
export function toDecimal(value: HclNumber): Decimal {
  if (typeof value === 'bigint') {
    return { digits: value, scale: 0 };
  }
  return parseDecimal(String(value)) ?? { digits: 0n, scale: 0 };
}

/** The number of a decimal; undefined when it has too many digits. */
export function fromDecimal({ digits, scale }: Decimal): HclNumber | undefined {
  const unit = 10n ** BigInt(scale);
  if (digits % unit === 0n) {
    return fromInteger(digits / unit);
  }
  const isNegative = digits < 0n;
  const text = (isNegative ? -digits : digits).toString().padStart(scale + 1, '0');
  const number = Number(`${text.slice(0, -scale)}.${text.slice(-scale)}`);
  return fromFloat(isNegative ? -number : number);
}

/** The number of a bigint; undefined when it has too many digits. */
export function fromInteger(value: bigint): HclNumber | undefined {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return Number(value);
  }
  return value.toString(16).length > maxDigits ? undefined : value;
}

/** The number of a result of floating point; undefined when it is none. */
export function fromFloat(value: number): HclNumber | undefined {
  if (!Number.isFinite(value)) {
    return undefined;
  }
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value + 0;
}

/** Writes a number in decimals, never with an exponent. */
export function formatNumber(value: HclNumber): string {
  const plain = String(value);
  if (typeof value === 'bigint' || !plain.includes('e')) {
    return value === 0 ? '0' : plain;
  }
  const { digits, scale } = toDecimal(value);
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}
