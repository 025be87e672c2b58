// Pure: what is told of many measured times.

/** Times in microseconds, or starts per second. */
export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly min: number;
  /** Difference between the highest and the lowest median of a round, as a part of p50. */
  readonly spread: number;
}

/** `rounds`: the values of each fresh process. */
export function summarize(rounds: readonly (readonly number[])[]): Summary {
  const all = rounds.flat().sort((a, b) => a - b);
  const medians = rounds.map((values) => median(values));
  const p50 = quantile(all, 0.5);
  return {
    count: all.length,
    p50: round(p50),
    p99: round(quantile(all, 0.99)),
    min: round(all[0] ?? 0),
    spread: p50 === 0 ? 0 : round((Math.max(...medians) - Math.min(...medians)) / p50),
  };
}

export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
