// Pure: shares of the CPU, between the numbers of version 1 and of version 2.
//
// Version 2 has weights from 1 to 10,000 with 100 as the default, version 1 has shares from 2 to 262,144 with 1,024. The
// curve goes through both ends and through both defaults, as the container runtimes agreed on in 2024; the straight line
// that was used before gave a default of 39.

const leastShares = 2;
const mostShares = 262_144;
const mostWeight = 10_000;
const slope = 125;
const divisor = 612;
const offset = 7 / 34;

/** The cpu.weight for cpu.shares. @param shares - as Nomad counts: MHz that the task asks for */
export function weightOfShares(shares: number): number {
  if (shares <= leastShares) return 1;
  if (shares >= mostShares) return mostWeight;
  const log = Math.log2(shares);
  const exponent = (log * log + slope * log) / divisor - offset;
  // 1,024 shares are exactly 100: what the logarithms leave behind the point must not be rounded up.
  return Math.ceil(Number((10 ** exponent).toFixed(9)));
}

/** The cpu.shares for a cpu.weight: the inverse of the same curve. */
export function sharesOfWeight(weight: number): number {
  const target = divisor * (Math.log10(weight) + offset);
  const log = (Math.sqrt(slope * slope + 4 * target) - slope) / 2;
  return Math.min(mostShares, Math.max(leastShares, Math.round(2 ** log)));
}
