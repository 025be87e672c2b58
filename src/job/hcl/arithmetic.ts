/** Calculates with numbers, exactly in decimals. Pure. */
import { type Decimal, fromDecimal, fromInteger, type HclNumber, toDecimal } from './number.ts';

/** How many digits a quotient gets that does not end. */
const quotientDigits = 25;

/** The result of an operator; undefined when it has too many digits. The divisor is not zero. */
export function calculate(
  operator: '+' | '-' | '*' | '/' | '%',
  left: HclNumber,
  right: HclNumber,
): HclNumber | undefined {
  const [one, other] = sameScale(toDecimal(left), toDecimal(right));
  const { scale } = one;
  switch (operator) {
    case '+':
      return fromDecimal({ digits: one.digits + other.digits, scale });
    case '-':
      return fromDecimal({ digits: one.digits - other.digits, scale });
    case '*':
      return fromDecimal({ digits: one.digits * other.digits, scale: scale * 2 });
    case '%':
      return fromDecimal({ digits: one.digits % other.digits, scale });
    case '/':
      return divide(one.digits, other.digits);
  }
}

function divide(dividend: bigint, divisor: bigint): HclNumber | undefined {
  if (dividend % divisor === 0n) {
    return fromInteger(dividend / divisor);
  }
  const missing = quotientDigits + divisor.toString().length - dividend.toString().length;
  const scale = Math.max(quotientDigits, missing);
  return fromDecimal({ digits: (dividend * 10n ** BigInt(scale)) / divisor, scale });
}

/** The number with the other sign. */
export function negate(value: HclNumber): HclNumber {
  return value === 0 ? 0 : -value;
}

/** Less than 0, 0 or more than 0, as `left` is less than, equal to or more than `right`. */
export function compareNumbers(left: HclNumber, right: HclNumber): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function sameScale(one: Decimal, other: Decimal): [Decimal, Decimal] {
  const scale = Math.max(one.scale, other.scale);
  return [rescale(one, scale), rescale(other, scale)];
}

function rescale(decimal: Decimal, scale: number): Decimal {
  return { digits: decimal.digits * 10n ** BigInt(scale - decimal.scale), scale };
}
